//go:build (dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd

package keychain

// Items of the Secret Service, with the attributes and in the collections that go-keyring and
// secret-tool use, so that those find them too
// (https://specifications.freedesktop.org/secret-service/latest/). go-keyring's own calls know no
// contexts, no service that keeps its collections elsewhere, and no item that wants to be allowed.

import (
	"context"
	"errors"
	"fmt"

	"git-credential-bitbucket/store/tokens"

	"github.com/godbus/dbus/v5"
)

const (
	serviceInterface    = "org.freedesktop.Secret.Service."
	collectionInterface = "org.freedesktop.Secret.Collection."
	itemInterface       = "org.freedesktop.Secret.Item."
	promptInterface     = "org.freedesktop.Secret.Prompt"
)

// wireSecret is a secret on the bus.
type wireSecret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

func attributes(id string) map[string]string {
	return map[string]string{"service": service, "username": id}
}

// getItem reads an item, once the person has opened its collection, and allowed the item where
// the service asks for that, as KeePassXC does.
func getItem(ctx context.Context, id string) (string, error) {
	bus, item, err := openItem(ctx, id)
	if err != nil {
		return "", err
	}
	session, err := openSession(ctx, bus)
	if err != nil {
		return "", err
	}
	read := func() (secret wireSecret, err error) {
		err = bus.Object(secretService, item).CallWithContext(ctx, itemInterface+"GetSecret", 0, session).Store(&secret)
		return secret, err
	}
	secret, err := read()
	if isLockedError(err) {
		if err = unlock(ctx, bus, item); err == nil {
			secret, err = read()
		}
	}
	return string(secret.Value), err
}

// setItem saves an item in place of any that is there.
func setItem(ctx context.Context, id, text string) error {
	bus, err := connect()
	if err != nil {
		return err
	}
	for collection := range collections(ctx, bus) {
		err = unlockCollection(ctx, bus, collection)
		if errors.Is(err, ErrNoKeyring) {
			continue
		}
		if err == nil {
			err = createItem(ctx, bus, collection, id, text)
		}
		return err
	}
	return ErrNoKeyring
}

func createItem(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath, id, text string) error {
	session, err := openSession(ctx, bus)
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		itemInterface + "Label":      dbus.MakeVariant(labelOf(id)),
		itemInterface + "Attributes": dbus.MakeVariant(attributes(id)),
	}
	secret := wireSecret{session, []byte{}, []byte(text), "text/plain; charset=utf8"}
	var item, prompt dbus.ObjectPath
	err = bus.Object(secretService, collection).
		CallWithContext(ctx, collectionInterface+"CreateItem", 0, properties, secret, true).Store(&item, &prompt)
	if err != nil {
		return err
	}
	_, err = ask(ctx, bus, prompt)
	return err
}

// labelOf is what an item is called until it gets a name; go-keyring's has the same form.
func labelOf(id string) string { return fmt.Sprintf("Password for '%s' on '%s'", id, service) }

func deleteItem(ctx context.Context, id string) error {
	bus, item, err := openItem(ctx, id)
	if err != nil {
		return err
	}
	var prompt dbus.ObjectPath
	if err := bus.Object(secretService, item).CallWithContext(ctx, itemInterface+"Delete", 0).Store(&prompt); err != nil {
		return err
	}
	_, err = ask(ctx, bus, prompt)
	return err
}

// setLabel changes what people see of an item; the id stays in its attributes.
func setLabel(ctx context.Context, id, label string) error {
	bus, err := connect()
	if err != nil {
		return err
	}
	item, err := findItem(ctx, bus, id)
	if err != nil {
		return err
	}
	return bus.Object(secretService, item).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Set", 0, "org.freedesktop.Secret.Item", "Label", dbus.MakeVariant(label)).Err
}

// makeKeyring makes the default collection, as libsecret's own programs do.
func makeKeyring(ctx context.Context) error {
	bus, err := connect()
	if err != nil {
		return err
	}
	var collection, prompt dbus.ObjectPath
	err = bus.Object(secretService, servicePath).CallWithContext(ctx, serviceInterface+"CreateCollection", 0,
		map[string]dbus.Variant{collectionInterface + "Label": dbus.MakeVariant("Default keyring")}, "default").Store(&collection, &prompt)
	if err != nil {
		return err
	}
	_, err = ask(ctx, bus, prompt)
	return err
}

// openItem finds an item, and lets the person open the collections that are locked.
func openItem(ctx context.Context, id string) (bus *dbus.Conn, item dbus.ObjectPath, err error) {
	if bus, err = connect(); err != nil {
		return nil, "", err
	}
	notFound := ErrNoKeyring
	for collection := range collections(ctx, bus) {
		err := unlockCollection(ctx, bus, collection)
		if err == nil {
			item, err = findIn(ctx, bus, collection, id)
		}
		switch {
		case err == nil:
			return bus, item, nil
		case errors.Is(err, tokens.ErrNotFound):
			notFound = err
		case !errors.Is(err, ErrNoKeyring):
			return nil, "", err
		}
	}
	return nil, "", notFound
}

// findItem looks into all collections, and opens none.
func findItem(ctx context.Context, bus *dbus.Conn, id string) (dbus.ObjectPath, error) {
	for collection := range collections(ctx, bus) {
		if item, err := findIn(ctx, bus, collection, id); err == nil {
			return item, nil
		}
	}
	return "", tokens.ErrNotFound
}

func findIn(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath, id string) (dbus.ObjectPath, error) {
	var found []dbus.ObjectPath
	err := bus.Object(secretService, collection).CallWithContext(ctx, collectionInterface+"SearchItems", 0, attributes(id)).Store(&found)
	if err == nil && len(found) == 0 {
		err = tokens.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

func openSession(ctx context.Context, bus *dbus.Conn) (session dbus.ObjectPath, err error) {
	var unused dbus.Variant
	err = bus.Object(secretService, servicePath).
		CallWithContext(ctx, serviceInterface+"OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&unused, &session)
	return session, err
}

// unlock opens a collection or an item; the service asks the person where it has to.
func unlock(ctx context.Context, bus *dbus.Conn, path dbus.ObjectPath) error {
	var open []dbus.ObjectPath
	var prompt dbus.ObjectPath
	call := bus.Object(secretService, servicePath).CallWithContext(ctx, serviceInterface+"Unlock", 0, []dbus.ObjectPath{path})
	if _, err := lockedAnswer(call); err != nil {
		return err
	}
	if err := call.Store(&open, &prompt); err != nil {
		return err
	}
	_, err := ask(ctx, bus, prompt)
	return err
}

// unlockCollection is unlock of a collection, which stays locked if the person does not want to.
func unlockCollection(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath) error {
	err := unlock(ctx, bus, collection)
	if errors.Is(err, ErrDismissed) {
		err = ErrLocked
	}
	return err
}

// ask lets the service ask the person in a dialog of its own, and waits for the answer. Where
// there is nothing to ask it returns at once.
func ask(ctx context.Context, bus *dbus.Conn, prompt dbus.ObjectPath) (answer dbus.Variant, err error) {
	if prompt == noPath {
		return answer, nil
	}
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(promptInterface)}
	if err := bus.AddMatchSignalContext(ctx, match...); err != nil {
		return answer, err
	}
	defer bus.RemoveMatchSignal(match...)
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals)
	defer bus.RemoveSignal(signals)
	object := bus.Object(secretService, prompt)
	if err := object.CallWithContext(ctx, promptInterface+".Prompt", 0, "").Err; err != nil {
		return answer, err
	}
	for {
		select {
		case signal, open := <-signals:
			if !open {
				return answer, dbus.ErrClosed
			}
			if signal.Path != prompt || signal.Name != promptInterface+".Completed" {
				continue
			}
			dismissed := true
			if err := dbus.Store(signal.Body, &dismissed, &answer); err != nil || dismissed {
				return answer, errors.Join(ErrDismissed, err)
			}
			return answer, nil
		case <-ctx.Done():
			object.Go(promptInterface+".Dismiss", dbus.FlagNoReplyExpected, nil)
			return answer, ctx.Err()
		}
	}
}

// isLockedError reports whether an item has to be allowed first.
func isLockedError(err error) bool {
	var refusal dbus.Error
	return errors.As(err, &refusal) && refusal.Name == "org.freedesktop.Secret.Error.IsLocked"
}
