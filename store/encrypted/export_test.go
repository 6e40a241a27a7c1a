package encrypted

// Cheapen makes the passphrase of a store that is made from now on cheap to try, so
// that tests need not wait.
func (e *Vault) Cheapen() { e.workFactor = 2 }
