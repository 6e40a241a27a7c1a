// Package live asks Bitbucket what docs/bitbucket.md marks as unconfirmed, with credentials that a
// person made for it: go test -tags live ./proof/live (docs/live.md). It reads, and writes nothing.
package live

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"git-credential-bitbucket/store/tokens"
)

// The variables that a person sets. Those that are not set leave out the questions that need them.
const (
	APIToken     = "LIVE_API_TOKEN"
	Email        = "LIVE_EMAIL"
	Username     = "LIVE_USERNAME"
	AccessToken  = "LIVE_ACCESS_TOKEN"
	Unscoped     = "LIVE_UNSCOPED_TOKEN"
	Expired      = "LIVE_EXPIRED_TOKEN"
	ExpiredEmail = "LIVE_EXPIRED_EMAIL"
	Revoked      = "LIVE_REVOKED_TOKEN"
	AppPassword  = "LIVE_APP_PASSWORD"
	Repository   = "LIVE_REPOSITORY"
	Closed       = "LIVE_CLOSED_REPOSITORY"
)

// Variables are all of them, in the order in which they are explained.
var Variables = []string{APIToken, Email, Username, AccessToken, Unscoped, Expired, ExpiredEmail, Revoked, AppPassword, Repository, Closed}

const (
	apiName    = "x-bitbucket-api-token-auth"
	accessName = "x-token-auth"
	noName     = "x-git-credential-bitbucket-asks-whether-a-username-counts-at-all-here"
)

// question is one request, and what docs/bitbucket.md says of its answer.
type question struct {
	name       string
	where      string // the variable of the repository; "" for REST
	lfs        bool   // Git LFS's batch
	push       bool
	user, pass string // a variable, or a name that is no variable; "" for none
	bearer     bool
	want       []int    // the statuses that the page says
	shows      []string // headers of the answer that matter
	wantText   string   // in what is shown; "" for anything
}

// questions are what is asked, in the order of the page's sections 2, 4, 5 and 1.
var questions = []question{
	{name: "git: no login", where: Repository, want: []int{401}, shows: []string{"WWW-Authenticate"}, wantText: `Basic realm="Bitbucket.org HTTP"`},
	{name: "git: API token", where: Repository, user: apiName, pass: APIToken, want: []int{200}},
	{name: "git: API token, to push", where: Repository, push: true, user: apiName, pass: APIToken, want: []int{200}},
	{name: "git: API token, its own username", where: Repository, user: Username, pass: APIToken, want: []int{200}},
	{name: "git: API token, the email", where: Repository, user: Email, pass: APIToken, want: []int{401}},
	{name: "git: API token, the other sentinel", where: Repository, user: accessName, pass: APIToken, want: []int{401}},
	{name: "git: API token, a made-up username", where: Repository, user: noName, pass: APIToken, want: []int{401}},
	{name: "git: API token by Bearer", where: Repository, bearer: true, pass: APIToken, want: []int{401}},
	{name: "git: token without scopes", where: Repository, user: apiName, pass: Unscoped, want: []int{401}},
	{name: "git: expired token", where: Repository, user: apiName, pass: Expired, want: []int{401}},
	{name: "git: revoked token", where: Repository, user: apiName, pass: Revoked, want: []int{401}},
	{name: "git: no access", where: Closed, user: apiName, pass: APIToken, want: []int{403, 404}},
	{name: "git: access token", where: Repository, user: accessName, pass: AccessToken, want: []int{200}},
	{name: "git: access token, the other sentinel", where: Repository, user: apiName, pass: AccessToken, want: []int{401}},
	{name: "git: access token, a personal username", where: Repository, user: Username, pass: AccessToken, want: []int{401}},
	{name: "git: access token by Bearer", where: Repository, bearer: true, pass: AccessToken, want: []int{401}},
	{name: "git: app password", where: Repository, user: Username, pass: AppPassword, want: []int{410}, wantText: "CHANGE-3222"},
	{name: "rest: API token", user: Email, pass: APIToken, want: []int{200, 403}, shows: []string{"X-OAuth-Scopes", "X-Accepted-OAuth-Scopes", "X-Credential-Type"}, wantText: "api_token"},
	{name: "rest: API token, another email", user: noName + "@example.com", pass: APIToken, want: []int{401}, shows: []string{"WWW-Authenticate"}, wantText: "BitbucketCustom"},
	{name: "rest: API token by Bearer", bearer: true, pass: APIToken, want: []int{401}, shows: []string{"WWW-Authenticate"}, wantText: "BitbucketCustom"},
	{name: "rest: token without scopes", user: Email, pass: Unscoped, want: []int{401}, shows: []string{"WWW-Authenticate"}, wantText: "BitbucketCustom"},
	{name: "rest: expired token", user: ExpiredEmail, pass: Expired, want: []int{401}, shows: []string{"WWW-Authenticate"}, wantText: `Basic realm="Bitbucket.org HTTP"`},
	{name: "rest: revoked token", user: Email, pass: Revoked, want: []int{401}, shows: []string{"WWW-Authenticate"}, wantText: `Basic realm="Bitbucket.org HTTP"`},
	{name: "rest: access token", bearer: true, pass: AccessToken, want: []int{200, 403}, shows: []string{"X-OAuth-Scopes", "X-Credential-Type"}, wantText: "access_token"},
	{name: "lfs: no login", where: Repository, lfs: true, want: []int{403}},
}

// Row is one line of the table.
type Row struct {
	Name, Status, Shown, AsSaid string
}

// Ask asks every question for which the variables are set. No credential is in what it returns.
func Ask(ctx context.Context, client *http.Client, getenv func(string) string) []Row {
	var rows []Row
	for _, q := range questions {
		rows = append(rows, q.ask(ctx, client, getenv))
	}
	return rows
}

func (q question) ask(ctx context.Context, client *http.Client, getenv func(string) string) Row {
	row := Row{Name: q.name, Status: "-", AsSaid: "not asked"}
	for _, variable := range []string{q.where, q.user, q.pass} {
		if slices.Contains(Variables, variable) && getenv(variable) == "" {
			row.Shown = "$" + variable + " is not set"
			return row
		}
	}
	value := func(word string) string {
		if slices.Contains(Variables, word) {
			return getenv(word)
		}
		return word
	}
	request, err := q.request(ctx, value)
	if err != nil {
		row.Shown = "no request can be made"
		return row
	}
	response, err := client.Do(request)
	if err != nil {
		row.Shown = redact("no answer: "+err.Error(), getenv)
		return row
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	shown := q.shown(response, string(body))
	row.Status, row.Shown = fmt.Sprint(response.StatusCode), redact(shown, getenv)
	if row.AsSaid = "yes"; !slices.Contains(q.want, response.StatusCode) || !strings.Contains(shown, q.wantText) {
		row.AsSaid = "no"
	}
	return row
}

func (q question) request(ctx context.Context, value func(string) string) (*http.Request, error) {
	method, address, body := http.MethodGet, "https://api.bitbucket.org/2.0/user", io.Reader(nil)
	repository := "https://bitbucket.org/" + value(q.where) + ".git"
	switch {
	case q.lfs:
		method, address = http.MethodPost, repository+"/info/lfs/objects/batch"
		body = strings.NewReader(`{"operation":"download","transfers":["basic"],"objects":[]}`)
	case q.push:
		address = repository + "/info/refs?service=git-receive-pack"
	case q.where != "":
		address = repository + "/info/refs?service=git-upload-pack"
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if q.lfs {
		request.Header.Set("Content-Type", "application/vnd.git-lfs+json")
		request.Header.Set("Accept", "application/vnd.git-lfs+json")
	}
	switch {
	case q.bearer:
		request.Header.Set("Authorization", "Bearer "+value(q.pass))
	case q.pass != "":
		request.SetBasicAuth(value(q.user), value(q.pass))
	}
	return request, nil
}

// shown is what matters of an answer: its headers, or else its first line where that is text.
func (q question) shown(response *http.Response, body string) string {
	var words []string
	for _, name := range q.shows {
		if value := response.Header.Get(name); value != "" {
			words = append(words, name+": "+value)
		}
	}
	if response.StatusCode >= 300 && len(words) == 0 {
		line, _, _ := strings.Cut(strings.TrimSpace(body), "\n")
		words = append(words, strings.TrimSpace(line))
	}
	return strings.Join(words, "; ")
}

// redact takes every value that a person set out of a text, and what else looks like a secret.
func redact(text string, getenv func(string) string) string {
	for _, variable := range Variables {
		if value := getenv(variable); value != "" {
			text = strings.ReplaceAll(text, value, "$"+variable)
		}
	}
	return tokens.Redact(text)
}
