#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The systemd unit: systemd has nothing against it, and it starts in time, again and again.
# usage: test_unit.sh SBINDIR UNIT.IN
set -euo pipefail

sbin=$1 unit=$2
n=0 failed=0
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
sed "s|@SBINDIR@|$(readlink -f "$sbin")|" "$unit" > "$dir/xcryptd.service"

ok() { # NAME COMMAND...
	local name=$1 said

	shift
	n=$((n + 1))
	if said=$("$@" 2>&1); then
		echo "ok $n - $name"
	else
		printf '%s\n' "$said" | sed 's/^/# /'
		echo "not ok $n - $name"
		failed=1
	fi
}

# says SECTION KEY WORD: the section has KEY=... with this word.
says() {
	sed -n "/^\[$1\]/,/^\[/s/^$2=//p" "$dir/xcryptd.service" | grep -qwF -e "$3"
}

# Whatever systemd says about units, ours or not; its other units are not our matter.
verify() {
	local said

	said=$(systemd-analyze verify --man=no "$dir/xcryptd.service" 2>&1 | grep xcryptd || true)
	[ -z "$said" ] || { echo "$said"; return 1; }
}

if command -v systemd-analyze > /dev/null; then
	ok "systemd takes it" verify
else
	n=$((n + 1))
	echo "ok $n - systemd takes it # SKIP there is no systemd-analyze"
fi
ok "ready when it serves" says Service Type notify
for mta in postfix exim4 sendmail opensmtpd; do
	ok "before $mta" says Unit Before "$mta.service"
done
ok "it is tried again for ever" says Unit StartLimitIntervalSec 0
ok "lines are in the facility mail" says Service SyslogFacility mail
ok "a reload is checked first" grep -q -m1 '^ExecReload=.*/xcryptd -t$' "$dir/xcryptd.service"
ok "a loop that hangs is noticed" says Service WatchdogSec 60
echo "1..$n"
exit $failed
