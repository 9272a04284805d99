# SPDX-License-Identifier: GPL-2.0
"""The message, and what of it a listener must not find."""
import email
import email.utils

LONGEST = 500       # octets of a line: longer ones may travel in parts
SHORTEST = 8        # so short a word may stand in a key by accident


class Message:
    def __init__(self, file):
        with open(file, "rb") as source:
            self.octets = source.read().replace(b"\r\n", b"\n")
        self.parsed = email.message_from_bytes(self.octets)
        self.sender = self.addresses("From")[0]
        self.recipients = self.addresses("To", "Cc")

    def addresses(self, *names):
        fields = [str(field) for name in names for field in self.parsed.get_all(name, [])]
        found = [address for _, address in email.utils.getaddresses(fields) if address]
        if not found:
            raise SystemExit("demo: the message has no %s:" % names[0])
        return found

    def secrets(self):
        """By name, each a list of words that are looked for."""
        body = self.octets.partition(b"\n\n")[2]
        lines = [line.strip()[:LONGEST] for line in body.split(b"\n")]
        subject = [line.strip().encode("utf-8", "surrogateescape")
                   for line in str(self.parsed.get("Subject", "")).splitlines()[:1]]
        return {
            "sender": [self.sender.encode()],
            "recipient": [address.encode() for address in self.recipients],
            "subject": [line for line in subject if len(line) >= SHORTEST],
            "text": [line for line in lines if len(line) >= SHORTEST and line[:1] != b"."],
        }
