#!/bin/sh
# Installs git-credential-bitbucket for one user, and points git at it: sh install.sh --help
# POSIX sh. All of it is functions, called on the last line, so that half a file does nothing.

name=git-credential-bitbucket
section=https://bitbucket.org
lf='
'

usage() {
	cat <<'END'
usage: sh install.sh [--configure | --uninstall]

Installs git-credential-bitbucket into ~/.local/bin, or $PREFIX/bin if PREFIX is set, and its manual page and completions
for bash, zsh and fish into the folder share beside that. In a checkout it is built (needs Go); in an unpacked release the
program beside this script is taken. No root needed. Over an older version it leaves saved tokens and settings alone.

  --configure  also write the lines that make git ask this helper, and only this one, for https://bitbucket.org
  --uninstall  take away all of that and those lines; on a terminal it asks whether to destroy the saved tokens too,
               which stay otherwise
  --help       this text

Without an option it shows the lines, and asks whether to write them if there is a terminal to ask on.
END
}

say() { printf 'install.sh: %s\n' "$*"; }
complain() { printf 'install.sh: %s\n' "$*" >&2; }
die() {
	complain "$@"
	exit 1
}

# agreed asks a question that only a yes on a terminal answers with yes.
agreed() {
	[ -t 0 ] || return 1
	printf 'install.sh: %s [y/N] ' "$1"
	answer=
	IFS= read -r answer || printf '\n'
	case $answer in
	[Yy] | [Yy][Ee][Ss]) return 0 ;;
	esac
	return 1
}

# What a stop in the middle has to take away: a file not yet in place, and folders made for it.
half=
made=
clean_up() {
	[ -z "$half" ] || rm -f "$half"
	while [ -n "$made" ] && rmdir "$made" 2>/dev/null && [ "$made" != "$made_first" ]; do
		made=${made%/*}
	done
}

# quoted writes a path for a shell, one backslash before each character that a shell would read: git hands the line to sh.
quoted() {
	printf '%s\n' "$1" | LC_ALL=C sed 's/[][[:space:]|&;<>()$`\\"'"'"'*?#~!{}^]/\\&/g'
}

# number makes versions comparable: go1.26.8 is 1026008, go1.27rc1 is 1027000.
number() {
	printf '%s\n' "$1" | sed 's/^go//; s/[^0-9.].*//' |
		awk -F. '{ printf "%d\n", $1 * 1000000 + $2 * 1000 + $3 }'
}

# find_places sets src (the folder of this script), from (source or release), bin and target.
find_places() {
	case $0 in
	*/*) src=${0%/*}/ ;;
	*) src=./ ;;
	esac
	src=$(CDPATH='' cd -- "$src" && pwd -P) || die "cannot find the folder of this script"

	if [ -n "${PREFIX:-}" ]; then
		bin=${PREFIX%/}/bin
		case $bin in
		/*) ;;
		*) bin=$(pwd -P)/$bin ;;
		esac
	elif [ -n "${HOME:-}" ]; then
		bin=${HOME%/}/.local/bin
	else
		die "neither HOME nor PREFIX is set: set PREFIX to the folder to install under"
	fi
	case $bin in
	*"$lf"*) die "the folder to install to has a line break in its name: choose another with PREFIX" ;;
	esac
	target=$bin/$name
	share=${bin%/bin}/share
	page=$share/man/man1/$name.1
}

# completions prints the shells with the file in which each looks for completions of this program.
completions() {
	printf '%s\n' "bash $share/bash-completion/completions/$name" "zsh $share/zsh/site-functions/_$name" \
		"fish $share/fish/vendor_completions.d/$name.fish"
}

need_git() {
	command -v git >/dev/null 2>&1 || die "git is not found: install git and run this again"
}

need_config() {
	[ -n "${HOME:-}${GIT_CONFIG_GLOBAL:-}" ] || die "HOME is not set, so git has no global configuration: set HOME and run this again"
}

# need_source looks for what there is to install, and for the Go to build it.
need_source() {
	if grep -q "^module $name\$" "$src/go.mod" 2>/dev/null; then
		from=source
	elif [ -f "$src/$name" ] && ! [ -e "$src/go.mod" ]; then
		from=release
		check_release
		return
	else
		die "nothing to install beside this script: run it in a checkout or in an unpacked release of $name"
	fi
	need=$(sed -n 's/^go[[:space:]][[:space:]]*//p' "$src/go.mod")
	command -v go >/dev/null 2>&1 || die "go is not found: install go $need or later, or take a release, which needs no go"
	have=$(cd / && GOTOOLCHAIN=local go version | sed -n 's/.*\(go1\.[^ -]*\).*/\1/p')
	[ "$(number "$have")" -lt "$(number "$need")" ] || return 0
	# From 1.21 on Go can fetch the Go it needs, unless it was told not to; older ones only fail later and less clearly.
	if [ "$(number "$have")" -lt "$(number 1.21)" ] || ! (cd "$src" && go list -m) >/dev/null 2>&1; then
		die "go $need or later is needed, this is ${have:-unknown}: install a newer go, or take a release, which needs no go"
	fi
}

# sum prints the SHA-256 of a file, or nothing where no program for it is installed.
sum() {
	{ sha256sum <"$1" || shasum -a 256 <"$1" || openssl dgst -sha256 -r <"$1"; } 2>/dev/null | sed 's/ .*//'
}

# check_release compares an unpacked release with the list of checksums, if that is beside it, as after a download.
# It notices a damaged or mixed-up download, and with minisign a list that was not signed with the key of this archive.
# It cannot notice a stranger's archive, which has a stranger's script: docs/releasing.md has the check before unpacking.
check_release() {
	release=${src##*/}
	above=${src%/*}
	list=$above/${release%_*_*}_checksums.txt
	archive=$above/$release.tar.gz
	[ -f "$list" ] || return 0
	check_signature
	[ -f "$archive" ] || {
		complain "$archive is not there, so its checksum was not verified"
		return 0
	}
	have=$(sum "$archive")
	[ -n "$have" ] || {
		complain "no sha256sum, shasum or openssl is found, so $archive was not verified"
		return 0
	}
	grep -qxF "$have  $release.tar.gz" "$list" ||
		die "$archive is not the file that $list names: download both again; nothing was installed"
	tar -xzOf "$archive" "$release/$name" 2>/dev/null | cmp -s - "$src/$name" ||
		die "$src/$name is not the program in $archive: unpack it again; nothing was installed"
	say "verified $release.tar.gz: its checksum is right$signed"
}

# check_signature sets $signed to what is to be said about the list's signature.
check_signature() {
	signed=
	[ -f "$src/minisign.pub" ] || return 0
	if ! [ -f "$list.minisig" ]; then
		complain "$list.minisig is not there, so the signature was not verified"
	elif ! command -v minisign >/dev/null 2>&1; then
		complain "minisign is not installed, so the signature of $list was not verified"
	else
		minisign -V -q -p "$src/minisign.pub" -m "$list" >/dev/null 2>&1 ||
			die "the signature of $list is wrong: download it and $list.minisig again; nothing was installed"
		signed=", and so is the signature of the list"
	fi
}

# need_folder makes the target folder, and remembers which folders were not there.
need_folder() {
	if [ -d "$target" ]; then
		die "$target is a folder: move it away, or choose another place with PREFIX"
	fi
	missing=$bin
	while [ -n "$missing" ] && ! [ -e "$missing" ] && ! [ -L "$missing" ]; do
		made=$bin
		made_first=$missing
		missing=${missing%/*}
	done
	if ! { mkdir -p -- "$bin" && half=$(mktemp "$bin/.$name.XXXXXX"); } 2>/dev/null; then
		die "cannot write to $bin: make it writable, or choose another place with PREFIX"
	fi
}

version() {
	# Only the checkout's own repository counts, not one that an unpacked archive happens to be in.
	v=
	if [ -e "$src/.git" ]; then
		v=$(unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE && git -C "$src" describe --tags --always --dirty 2>/dev/null)
	fi
	printf '%s\n' "${v:-dev}"
}

# install_program puts the program in place in one step: made beside it, tried, then moved over.
install_program() {
	need_folder
	if [ "$from" = source ]; then
		say "building $name with $have"
		# The version is stamped here; Go's own look at git fails in another user's checkout.
		(cd "$src" && CGO_ENABLED=0 go build -tags nethttpomithttp2 -buildvcs=false -trimpath \
			-ldflags "-s -w -X main.version=$(version)" -o "$half" .) || die "the build failed: see above"
	else
		cat "$src/$name" >"$half" || die "cannot copy $src/$name to $bin"
	fi
	chmod 755 "$half" || die "cannot make $half executable"
	says=$("$half" version </dev/null 2>/dev/null) ||
		die "the program does not run on this machine: take the release for it, or build from a checkout"
	case $says in
	"$name"*) ;;
	*) says="$name $says" ;;
	esac
	mv -f -- "$half" "$target" || die "cannot write $target"
	half=
	made=
	say "installed $says as $target"
}

# put writes what a command prints to the file $1, whole or not at all. The program does without such a file, so a
# failure is only told.
put() {
	file=$1
	shift
	if { mkdir -p -- "${file%/*}" && half=$(mktemp "${file%/*}/.$name.XXXXXX"); } 2>/dev/null &&
		"$@" >"$half" 2>/dev/null </dev/null && chmod 644 "$half" && mv -f -- "$half" "$file"; then
		half=
		return
	fi
	[ -z "$half" ] || rm -f -- "$half"
	half=
	complain "cannot write $file: left out"
}

# install_others puts the manual page and the completions in place.
install_others() {
	put "$page" cat "$src/$name.1"
	while read -r shell file; do
		put "$file" program completion "$shell"
	done <<END
$(completions)
END
}

# program runs what was installed, found by its own path whatever else is on PATH.
program() {
	PATH=$bin:$PATH "$target" "$@"
}

# configure has the program point git at itself: it alone knows the lines, and takes just those away again.
configure() {
	if [ -z "${HOME:-}${GIT_CONFIG_GLOBAL:-}" ]; then
		say "HOME is not set, so git has no global configuration; these lines make git ask this helper for $section:"
		program setup --print || die "cannot print them: see above"
		return
	fi
	if [ "$1" != yes ]; then
		if [ "$(git config --global --get-all "credential.$section.helper" 2>/dev/null | tail -n 1)" = "$(quoted "$target")" ]; then
			say "git asks it for $section already"
			return
		fi
		say "these lines in your global git configuration make git ask this helper, and only this one, for $section:"
		program setup --print || die "cannot print them: see above"
		if ! agreed 'write them?'; then
			say "not written; to write them: git credential-bitbucket setup"
			say "or, plainer: git config --global credential.helper bitbucket (helpers set for the whole system, such as osxkeychain on a mac, are then asked before it)"
			return
		fi
	fi
	# A new configuration is git's and the user's: as closed as the user wants it, and for others never to write.
	(umask "$mask" && umask go-w && program setup) || die "git is not set up: see above, then run sh install.sh --configure again"
}

# next_step is what to type now, with $1 as the words that start the program.
next_step() {
	if ! git config --get-regexp '^credential\..*helper$' 2>/dev/null | grep -q bitbucket; then
		echo "$1 setup"
	elif [ -n "$(program list --names 2>/dev/null </dev/null)" ]; then
		echo "$1 check"
	else
		echo "$1 store"
	fi
}

path_and_next() {
	case :$PATH: in
	*:"$bin":*)
		first=$(command -v "$name" 2>/dev/null)
		if [ -n "$first" ] && [ "$first" != "$target" ]; then
			complain "another $name comes first on PATH: $first"
		fi
		say "next: $(next_step 'git credential-bitbucket')"
		;;
	*)
		say "$bin is not on PATH; this line puts it there (add it to your ~/.profile to keep it):"
		# shellcheck disable=SC2016 # for the reader's shell
		printf 'PATH=%s:$PATH\n' "$(quoted "$bin")"
		say "git itself can do without, with the absolute path that setup writes"
		say "next: $(next_step "$(quoted "$target")")"
		;;
	esac
}

uninstall() {
	found=no
	# The lines go first: git must never be pointed at a program that is gone.
	if [ -n "${HOME:-}${GIT_CONFIG_GLOBAL:-}" ] && program version >/dev/null 2>&1; then
		program setup --undo || die "git's configuration could not be changed: see above, then run this again"
	fi
	destroy_tokens
	remove "$target"
	remove "$page"
	while read -r _ file; do
		remove "$file"
	done <<END
$(completions)
END
	if [ "$found" = no ]; then
		say "nothing is installed in $bin"
	elif [ -n "$tokens" ]; then
		say "saved tokens are left alone ($tokens); to destroy them too, install again, and type: git credential-bitbucket erase NAME"
	fi
	lines_left
}

# remove takes a file away that was installed.
remove() {
	[ -f "$1" ] || [ -L "$1" ] || return 0
	found=yes
	rm -f -- "$1" 2>/dev/null || die "cannot remove $1: make ${1%/*} writable and run this again"
	say "removed $1"
}

# destroy_tokens asks whether the saved tokens are to go too; $tokens are the names of those that stay.
destroy_tokens() {
	tokens=$(program list --names 2>/dev/null </dev/null | tr '\n' ' ')
	tokens=${tokens% }
	[ -n "$tokens" ] && agreed "destroy the saved tokens too ($tokens)?" || return 0
	# A name has no blanks, and set -f keeps a star in one from being read as a pattern.
	set -f
	# shellcheck disable=SC2086 # one word a name
	program erase --yes -- $tokens || die "not all tokens were destroyed: see above, then run this again"
	set +f
	tokens=
	leave_nothing
}

# leave_nothing removes what the program kept of tokens that are gone: the index, locks and notes. An encrypted store stays.
leave_nothing() {
	case $(uname) in
	Darwin) folder="$HOME/Library/Application Support/$name" ;;
	*) folder=${XDG_CONFIG_HOME:-$HOME/.config}/$name ;;
	esac
	rm -f -- "$folder/index.json" "$folder"/*.lock
	rm -rf -- "$folder/asked"
	rmdir -- "$folder/files" "$folder" 2>/dev/null || :
}

# lines_left names what still points at the program: lines that setup did not write, or that it could not take away.
lines_left() {
	[ -n "${HOME:-}${GIT_CONFIG_GLOBAL:-}" ] || return 0
	line=$(quoted "$target")
	git config --global --get-regexp '^credential\.(.*\.)?helper$' 2>/dev/null |
		OURS=$line awk '
			{ value = substr($0, length($1) + 2) }
			value == "bitbucket" || value == ENVIRON["OURS"] { print $1 " = " value }
		' | sort -u |
		while IFS= read -r one; do
			case $one in
			*" = bitbucket") cure="git config --global --unset-all ${one%% = *} '^bitbucket\$'" ;;
			*) cure="git config --global --edit" ;;
			esac
			complain "your global git configuration still has $one; if no other $name is left: $cure"
		done
}

stop_on_signals() {
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

main() {
	action=install
	for word; do
		case $word in
		--configure | --uninstall)
			[ "$action" = install ] || [ "$action" = "${word#--}" ] || {
				complain "--configure and --uninstall do not go together"
				exit 2
			}
			action=${word#--}
			;;
		--help | -h)
			usage
			exit 0
			;;
		*)
			complain "unknown option: $word (sh install.sh --help shows them)"
			exit 2
			;;
		esac
	done
	case $(uname -s 2>/dev/null) in
	MINGW* | MSYS* | CYGWIN*)
		die "this script is not for windows: put $name.exe in a folder on PATH and type: git config --global credential.helper bitbucket"
		;;
	esac

	# What is installed is for everyone to run and for its owner alone to write, whatever the caller's umask.
	mask=$(umask)
	umask 022
	trap clean_up EXIT
	stop_on_signals
	find_places
	need_git
	if [ "$action" = uninstall ]; then
		uninstall
		return
	fi
	need_source
	[ "$action" != configure ] || need_config
	install_program
	install_others
	if [ "$action" = configure ]; then
		configure yes
	else
		configure ask
	fi
	path_and_next
}

main "$@"
