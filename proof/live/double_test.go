package live

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// TestAgainstTheDouble asks the test Bitbucket, which has to answer as docs/bitbucket.md says; told
// to answer otherwise, the table has to say so.
func TestAgainstTheDouble(t *testing.T) {
	server, err := bitbuckettest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	for _, repository := range []string{"ws/repo", "other/closed"} {
		if err := server.AddRepository(repository); err != nil {
			t.Fatal(err)
		}
	}
	both := []string{"read:repository:bitbucket", "write:repository:bitbucket"}
	env := map[string]string{Email: "b@x.example", ExpiredEmail: "b@x.example", Username: "brandon", Repository: "ws/repo", Closed: "other/closed"}
	add := func(variable string, c bitbuckettest.Credential) {
		env[variable] = c.Secret
		c.Label, c.Repositories = variable, []string{"ws"}
		server.AddCredential(c)
	}
	api := func(dead bool) bitbuckettest.Credential {
		return bitbuckettest.Credential{Kind: bitbuckettest.APIToken, Secret: storetest.APIToken(), Email: env[Email], Username: env[Username], Scopes: both, Dead: dead}
	}
	add(APIToken, api(false))
	add(Expired, api(true))
	add(Revoked, api(true))
	add(Unscoped, bitbuckettest.Credential{Kind: bitbuckettest.APITokenWithoutScopes, Secret: storetest.APIToken(), Email: env[Email], Username: env[Username]})
	add(AccessToken, bitbuckettest.Credential{Kind: bitbuckettest.AccessToken, Secret: storetest.AccessToken(), Scopes: []string{"repository:write"}})
	add(AppPassword, bitbuckettest.Credential{Kind: bitbuckettest.AppPassword, Secret: storetest.AppPassword(), Username: env[Username]})
	getenv := func(name string) string { return env[name] }
	client := &http.Client{Transport: server.Transport()}

	rows := Ask(t.Context(), client, getenv)
	for _, row := range rows {
		if row.AsSaid != "yes" {
			t.Errorf("%+v", row)
		}
	}
	table := Table(rows)
	t.Log("\n" + table)
	for _, variable := range Variables {
		if strings.Contains(table, env[variable]) && variable != Repository {
			t.Errorf("%s is shown", variable)
		}
	}

	changed := map[string]bitbuckettest.Ways{
		"git: no access":                     {NoAccess: 401},
		"git: no login":                      {Realm: "Bitbucket"},
		"rest: revoked token":                {DeadIsCustom: true},
		"rest: API token, another email":     {WrongEmailIsBasic: true},
		"git: API token, a made-up username": {AnyName: true},
	}
	for name, ways := range changed {
		server.Answer(ways)
		for _, row := range Ask(t.Context(), client, getenv) {
			if row.Name == name && row.AsSaid != "no" {
				t.Errorf("%s: another answer is not seen: %+v", name, row)
			}
		}
	}
	server.Answer(bitbuckettest.Ways{})

	delete(env, Revoked)
	for _, row := range Ask(t.Context(), client, getenv) {
		if strings.HasSuffix(row.Name, "revoked token") && (row.AsSaid != "not asked" || row.Shown != "$"+Revoked+" is not set") {
			t.Errorf("%+v", row)
		}
	}
}

// Every question is in docs/bitbucket.md section 8, where its answer is to be written down.
func TestQuestionsAreInTheFacts(t *testing.T) {
	text, err := os.ReadFile("../../docs/bitbucket.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## 8. Asked live")
	for _, q := range questions {
		if strings.Count(section, "| "+q.name+" |") != 1 {
			t.Errorf("%q is not there once", q.name)
		}
	}
}
