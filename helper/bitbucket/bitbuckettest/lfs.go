package bitbuckettest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ticketHeader carries the permission to move one object. git-lfs repeats it as told, so that no credential is
// needed for the transfer itself.
const ticketHeader = "Lfs-Ticket"

const lfsJSON = "application/vnd.git-lfs+json"

// The refusals of LFS alone. docs/bitbucket.md section 1 point 9: an anonymous request gets 403, so git-lfs never asks
// for a credential. Without locks git-lfs goes on in silence.
var (
	lfsAnonymous = answer{http.StatusForbidden, "", lfsJSON, `{"message":"` + TextNotAuthenticated + `"}`}
	lfsNoLocks   = answer{http.StatusNotFound, "", lfsJSON, `{"message":"locks are not supported"}`}
	lfsNotFound  = answer{http.StatusNotFound, "", lfsJSON, `{"message":"not found"}`}
	lfsBadBatch  = answer{http.StatusUnprocessableEntity, "", lfsJSON, `{"message":"not a batch request"}`}
	lfsBadObject = answer{http.StatusUnprocessableEntity, "", lfsJSON, `{"message":"not the object it is said to be"}`}
	lfsStored    = answer{http.StatusOK, "", lfsJSON, ""}
)

var lfsObject = regexp.MustCompile(`^storage/([0-9a-f]{64})$`)

// serveLFS answers below /WS/REPO.git/info/lfs/.
func (s *Server) serveLFS(w http.ResponseWriter, r *http.Request, who caller, repository, endpoint string) {
	if object := lfsObject.FindStringSubmatch(endpoint); object != nil && r.Header.Get(ticketHeader) == s.lfsTicket {
		s.moveObject(w, r, s.objectFile(repository, object[1]), object[1])
		return
	}
	if who.scheme == "" {
		lfsAnonymous.write(w)
		return
	}
	switch {
	case endpoint == "objects/batch" && r.Method == http.MethodPost:
		s.serveBatch(w, r, who, repository)
	case strings.HasPrefix(endpoint, "locks"):
		s.refuseLocks(w, who, repository)
	default:
		lfsNotFound.write(w)
	}
}

// refuseLocks lets a bad credential fail first, as everywhere else.
func (s *Server) refuseLocks(w http.ResponseWriter, who caller, repository string) {
	if refusal, refused := s.judgeGit(who, repository, toRead); refused {
		refusal.write(w)
		return
	}
	lfsNoLocks.write(w)
}

type lfsBatch struct {
	Operation string      `json:"operation,omitempty"`
	Transfer  string      `json:"transfer,omitempty"`
	Objects   []lfsEntity `json:"objects"`
}

type lfsEntity struct {
	OID           string               `json:"oid"`
	Size          int64                `json:"size"`
	Authenticated bool                 `json:"authenticated,omitempty"`
	Actions       map[string]lfsAction `json:"actions,omitempty"`
	Error         *lfsError            `json:"error,omitempty"`
}

type lfsAction struct {
	Href   string            `json:"href"`
	Header map[string]string `json:"header"`
}

type lfsError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (s *Server) serveBatch(w http.ResponseWriter, r *http.Request, who caller, repository string) {
	var batch lfsBatch
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		lfsBadBatch.write(w)
		return
	}
	wanted := toRead
	if batch.Operation == "upload" {
		wanted = toWrite
	}
	if refusal, refused := s.judgeGit(who, repository, wanted); refused {
		refusal.write(w)
		return
	}
	reply := lfsBatch{Transfer: "basic", Objects: []lfsEntity{}}
	for _, object := range batch.Objects {
		reply.Objects = append(reply.Objects, s.offerObject(repository, batch.Operation, object))
	}
	answer{http.StatusOK, "", lfsJSON, toJSON(reply)}.write(w)
}

// offerObject says how to move an object: not at all if it is there already, or not there to be fetched.
func (s *Server) offerObject(repository, operation string, object lfsEntity) lfsEntity {
	_, err := os.Stat(s.objectFile(repository, object.OID))
	there := err == nil
	offer := lfsEntity{OID: object.OID, Size: object.Size, Authenticated: true}
	switch {
	case operation == "download" && !there:
		offer.Error = &lfsError{http.StatusNotFound, "object does not exist"}
	case operation == "download" || !there:
		href := fmt.Sprintf("https://%s/%s.git/info/lfs/storage/%s", gitHost, repository, object.OID)
		offer.Actions = map[string]lfsAction{operation: {href, map[string]string{ticketHeader: s.lfsTicket}}}
	}
	return offer
}

func (s *Server) objectFile(repository, oid string) string {
	return filepath.Join(s.dir, "lfs", filepath.FromSlash(repository), filepath.Base(oid))
}

func (s *Server) moveObject(w http.ResponseWriter, r *http.Request, file, oid string) {
	switch r.Method {
	case http.MethodGet:
		http.ServeFile(w, r, file)
	case http.MethodPut:
		if err := storeObject(r.Body, file, oid); err != nil {
			lfsBadObject.write(w)
			return
		}
		lfsStored.write(w)
	default:
		lfsNotFound.write(w)
	}
}

// storeObject keeps an object only whole: its name is its checksum.
func storeObject(content io.Reader, file, oid string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("making room for objects: %w", err)
	}
	part, err := os.CreateTemp(filepath.Dir(file), "part-*")
	if err != nil {
		return fmt.Errorf("making an object: %w", err)
	}
	defer os.Remove(part.Name())
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(part, sum), content)
	if closeErr := part.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("writing object %s: %w", oid, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != oid {
		return fmt.Errorf("object %s has another checksum", oid)
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return fmt.Errorf("keeping object %s: %w", oid, err)
	}
	return nil
}
