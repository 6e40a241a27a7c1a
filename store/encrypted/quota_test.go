//go:build linux

package encrypted_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

// TestKernelQuota is run by a user who has no keys left in the kernel's quota, as
// many containers of one user may: that is found out before a user counts on it.
func TestKernelQuota(t *testing.T) {
	needKernelKeyring(t)
	if os.Getenv("QUOTA_TEST") != "" {
		withoutQuota(t)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	const uid = 61234 // whose quota no other process uses
	folder, err := os.MkdirTemp("", "quota")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	program := filepath.Join(folder, "test")
	text, err := os.ReadFile(os.Args[0])
	if err := errors.Join(err, os.WriteFile(program, text, 0o755), os.Chmod(folder, 0o755), os.Chown(folder, uid, uid)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestKernelQuota$", "-test.v")
	cmd.Dir = folder
	cmd.Env = []string{"QUOTA_TEST=yes", "HOME=" + folder, "TMPDIR=" + folder, "CI=true"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestKernelQuota") {
		t.Errorf("%v\n%s", err, out)
	}
}

// withoutQuota uses the quota up, tries, and gives it back.
func withoutQuota(t *testing.T) {
	vault := newEncrypted(t)
	var keys []int
	t.Cleanup(func() {
		for _, id := range keys {
			unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
		}
	})
	for i := range 10_000 {
		id, err := unix.AddKey("user", fmt.Sprintf("filler-%d", i), []byte("x"), unix.KEY_SPEC_USER_KEYRING)
		if err != nil {
			break
		}
		keys = append(keys, id)
	}
	if err := vault.Hold(encrypted.HoldFor); !errors.Is(err, encrypted.ErrNoKernelKeyring) || !errors.Is(err, unix.EDQUOT) {
		t.Errorf("Hold: %v", err)
	}
	if err := encrypted.KernelKeyring(); !errors.Is(err, encrypted.ErrNoKernelKeyring) {
		t.Errorf("KernelKeyring: %v", err)
	}
	// Locking needs no quota.
	if was, err := encrypted.New(store.Beside("encrypted")).Lock(); was || err != nil {
		t.Errorf("Lock: %t, %v", was, err)
	}
}
