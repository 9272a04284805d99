#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xcryptd -t from outside. usage: test_check.sh XCRYPTD DEFAULT-CONF
set -euo pipefail

xcryptd=$1 conf=$2
n=0 failed=0
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

# is NAME STATUS TEXT: the last run ended with this status and said this text.
is() {
	n=$((n + 1))
	if [ "$status" = "$2" ] && [[ $said == *"$3"* ]]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "# status $status, said: $said"
		failed=1
	fi
}

run() {
	status=0
	said=$("$xcryptd" "$@" 2>&1) || status=$?
}

run -t -c "$conf"
is "the default configuration is good" 0 "good"
printf 'cache memory\nsuites nosuch_1.0\n' > "$dir/bad"
run -t -c "$dir/bad"
is "a fault is told with file and line" 78 "$dir/bad:2: unknown suite \"nosuch_1.0\""
run -t -c "$dir/none"
is "a file that is not there" 78 "No such file"
run -t "$conf"
is "a word too many is a wrong call" 64 "usage"
run -x
is "an unknown option is a wrong call" 64 "usage"
echo precious > "$dir/file"
run -u nobody -f -c "$conf" -s "$dir/file"
is "a file that is no socket is refused" 73 "is no socket and is left alone"
status=0
said=$(cat "$dir/file")
is "and not deleted" 0 "precious"
run --version
is "it tells its version" 0 "xcryptd 0."
run --help
is "and how to call it" 0 "usage: xcryptd"
status=0
said=$("$xcryptd" --version 2>&1 > /dev/full) || status=$?
is "a full disk is an error" 74 "stdout"
status=0
said=$("$xcryptd" -t -c "$dir/none" 2>&1 <&- >&-) || status=$?
is "started without stdin and stdout" 78 ""
run -f -c "$dir/bad"
is "a log line has a priority for the journal" 78 "<3>$dir/bad:2:"
status=0
said=$(script -qec "$xcryptd -f -c $dir/bad" /dev/null) || status=$?
[[ $said == *"<3>"* ]] || said="no priority: $said"
is "and none on a terminal" 78 "no priority: $dir/bad:2:"
echo "1..$n"
exit $failed
