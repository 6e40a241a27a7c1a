package keychain

// KindOfFailure is for a table of what the keychains return.
var KindOfFailure = kindOfFailure
