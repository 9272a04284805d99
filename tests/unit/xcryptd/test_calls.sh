#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each function of the C library that a program uses and that is a system call is allowed by its
# filter, or is on the list here of those that it is done with by then.
# usage: [ALSO="CALL..."] test_calls.sh PROGRAM FILTER.C...	ALSO: more that it is done with
set -euo pipefail

program=$1
shift

# Before the filter is loaded.
before='bind capset chdir close_range dup2 epoll_create1 fchmod fork getcwd getegid getgroups
getresuid getrlimit getuid lchown listen lstat mkdir mlockall pipe pipe2 prctl rmdir setgroups setresgid
setresuid setrlimit setsid signalfd eventfd socket stat syscall umask access faccessat'

imported() {
	nm -D --undefined-only "$program" | awk '{ print $2 }' |
		sed -E 's/@.*//; s/^__(.*)_chk$/\1/; s/64$//; s/^(pread|pwrite)$/&64/' | sort -u
}

# Names that are not the function's.
kernel_name() {
	case $1 in
	open) echo openat ;;
	fstatat) echo newfstatat ;;
	poll | recv | send | fstat) echo "$1" ;;
	*) echo "$1" ;;
	esac
}

calls() {
	echo '#include <asm/unistd.h>' | cc -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p'
	printf '%s\n' recv send
}

allowed() {
	grep -ho 'SCMP_SYS([a-z0-9_]*)' "$@" | sed 's/SCMP_SYS(\(.*\))/\1/'
}

known=$(calls)
right=$(allowed "$@")
count=0
forgotten=
for name in $(imported); do
	name=$(kernel_name "$name")
	grep -qxF "$name" <<< "$known" || continue
	count=$((count + 1))
	grep -qxF "$name" <<< "$right" && continue
	[[ " ${ALSO:-} ${before//$'\n'/ } " == *" $name "* ]] || forgotten+=" $name"
done

echo "1..2"
failed=0
if [ -z "$forgotten" ]; then
	echo "ok 1 - each system call that it uses is allowed, or done with"
else
	echo "not ok 1 - each system call that it uses is allowed, or done with"
	echo "# forgotten:$forgotten"
	failed=1
fi
if [ "$count" -gt 40 ]; then
	echo "ok 2 - $count were looked for"
else
	echo "not ok 2 - $count were looked for"
	failed=1
fi
exit $failed
