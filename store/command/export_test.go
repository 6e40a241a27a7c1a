package command

import "time"

// Hasten makes a command's time shorter.
func (c *Vault) Hasten(wait time.Duration) { c.wait = wait }
