// Floor reads one item of the keychain as plainly as godbus can, and does no more of it than it is told, so that the
// difference between two runs is what a step costs: floor STEPS ID.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/godbus/dbus/v5"
)

const (
	secretService = "org.freedesktop.secrets"
	collection    = "/org/freedesktop/secrets/collection/login"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("STEPS and ID are wanted")
	}
	steps, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("read STEPS: %w", err)
	}
	r := reader{id: args[1]}
	all := []func() error{r.connect, r.open, r.search, r.read}
	if steps < 0 || steps > len(all) {
		return fmt.Errorf("there are %d steps, not %d", len(all), steps)
	}
	for _, step := range all[:steps] {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// reader holds what each step hands to the next.
type reader struct {
	id      string
	bus     *dbus.Conn
	session dbus.ObjectPath
	items   []dbus.ObjectPath
}

func (r *reader) connect() (err error) {
	if r.bus, err = dbus.SessionBus(); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	return nil
}

func (r *reader) open() error {
	var unused dbus.Variant
	err := r.bus.Object(secretService, "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.OpenSession", 0, "plain", dbus.MakeVariant("")).
		Store(&unused, &r.session)
	if err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	return nil
}

func (r *reader) search() error {
	err := r.bus.Object(secretService, collection).
		Call("org.freedesktop.Secret.Collection.SearchItems", 0,
			map[string]string{"service": "git-credential-bitbucket", "username": r.id}).
		Store(&r.items)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if len(r.items) != 1 {
		return fmt.Errorf("search: found %d items", len(r.items))
	}
	return nil
}

func (r *reader) read() error {
	var secret struct {
		Session    dbus.ObjectPath
		Parameters []byte
		Value      []byte
		Type       string
	}
	err := r.bus.Object(secretService, r.items[0]).
		Call("org.freedesktop.Secret.Item.GetSecret", 0, r.session).
		Store(&secret)
	if err != nil {
		return fmt.Errorf("read the secret: %w", err)
	}
	fmt.Printf("%s", secret.Value)
	return nil
}
