package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
)

// TellsURLName reports whether git hands helpers the name that is before the @ of
// a URL. With curl 8.23 and later it does not: curl leaves the name out when it says
// where the answer came from, and git takes that for a redirection
// (https://github.com/curl/curl/pull/23016). Which curl a git runs with it does not
// say, so it is tried, on the loopback interface.
func TellsURLName(ctx context.Context) (bool, error) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return false, fmt.Errorf("listen on the loopback interface: %w", err)
	}
	defer server.Close()
	go refuseAll(server)
	// Without helpers and names from a configuration or a .netrc.
	bare := job{dir: folderWithoutClone(), without: append([]string{"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"}, cloneVariables...),
		env: append([]string{"HOME=" + os.DevNull, "XDG_CONFIG_HOME=" + os.DevNull, "GIT_CONFIG_GLOBAL=" + os.DevNull,
			"GIT_CONFIG_NOSYSTEM=1", "no_proxy=*", "NO_PROXY=*"}, mute...)}
	_, err = bare.run(ctx, "-c", "credential.helper=", "ls-remote", "http://name@"+server.Addr().String()+"/")
	// Git gets no answer, so it ends with what it would have asked a person for.
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return false, fmt.Errorf("try a URL with a name: %w", err)
	}
	asked := string(failed.Stderr)
	switch {
	case strings.Contains(asked, "could not read Password"):
		return true, nil
	case strings.Contains(asked, "could not read Username"):
		return false, nil
	}
	return false, fmt.Errorf("try a URL with a name: %w", err)
}

// refuseAll asks every caller for a password until the listener is closed.
func refuseAll(server net.Listener) {
	for {
		caller, err := server.Accept()
		if err != nil {
			return
		}
		go refuse(caller)
	}
}

// refuse reads a request without a body and asks for a password.
func refuse(caller net.Conn) {
	defer caller.Close()
	request := bufio.NewScanner(caller)
	for request.Scan() && request.Text() != "" {
	}
	io.WriteString(caller, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
