package git

import "strings"

// Rewriting is one rule by which git changes addresses: what begins with From
// begins with To instead.
type Rewriting struct {
	Setting
	From, To string
	Push     bool // for pushes only (pushInsteadOf)
}

// Rewritings returns the rules of a configuration (git's
// Documentation/config/url.adoc).
func Rewritings(settings []Setting) []Rewriting {
	var rules []Rewriting
	for _, s := range settings {
		section, to, name := SplitKey(s.Key)
		if section == "url" && (name == "insteadof" || name == "pushinsteadof") {
			rules = append(rules, Rewriting{s, s.Value, to, name == "pushinsteadof"})
		}
	}
	return rules
}

// Rewrite returns the address that git uses for one that is configured, and the
// rule that made it so; nil if none did. The longest beginning counts, of equals
// the first; for a push, the rules for pushes come first.
func Rewrite(rules []Rewriting, address string, push bool) (string, *Rewriting) {
	if push {
		if rule := longest(rules, address, true); rule != nil {
			return rule.To + address[len(rule.From):], rule
		}
	}
	if rule := longest(rules, address, false); rule != nil {
		return rule.To + address[len(rule.From):], rule
	}
	return address, nil
}

func longest(rules []Rewriting, address string, push bool) *Rewriting {
	var best *Rewriting
	for i := range rules {
		rule := &rules[i]
		if rule.Push == push && strings.HasPrefix(address, rule.From) && (best == nil || len(rule.From) > len(best.From)) {
			best = rule
		}
	}
	return best
}
