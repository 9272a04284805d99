# SPDX-License-Identifier: GPL-2.0
"""
A connection that is ended with the server's last line: that is right, but the client can read no record
behind it, so its kernel takes no key and the exchange is not complete. No mail was handed over by then: an
opportunistic client connects anew without XCRYPT (docs/protocol.md, version 3, section 3) and is told of it,
others keep the message.
"""
import hosts
import proxy
import session
import tap
import test_stripped

NAME = test_stripped.NAME


def meet(policy):
    """So that A knows the server for version 3 when the exchange is cut. How often it has warned."""
    with hosts.shared(**session.options("C", **test_stripped.options(policy))) as h:
        test_stripped.forget(h)
        h.daemons[0].control("peers pin %s %s" % (NAME, test_stripped.identity(h)))
    with test_stripped.attacked(test_stripped.undisturbed(), policy) as attempt:
        tap.equal((attempt.queued, len(attempt.mail)), (0, 1), "messages of the meeting")
        return test_stripped.warnings(attempt.h)


def end_with_the_line(octets):
    """In its segment. The server's first record, which may be there too, does not pass."""
    return proxy.Act(octets.split(b"\n")[0] + b"\n", end=proxy.FIN, joined=True)


@tap.case(*((policy,) for policy in test_stripped.POLICIES))
def ended_with_the_last_line(policy):
    before = meet(policy)
    edit = test_stripped.Watched(proxy.once("S", b"250 XCRYPT OK ", end_with_the_line))
    stays = policy != "opportunistic"
    with session.attacked(edit, words=(), connections=1 if stays else 2,
                          **test_stripped.options(policy)) as attempt:
        h = attempt.h
        told = "required, mail stays queued" if stays else "connecting again without"
        tap.equal(len(attempt.logged("C", told)), 1, "A's lines: %s" % h.log.text[h.mark:])
        # On the connection that was ended there was nothing of it, whatever the policy.
        session.unseen(edit)
        tap.check(test_stripped.warnings(h) > before and h.daemons[0].logged(
            "peer name=" + NAME, "warning=stripped",
            "message=" + ("stays-queued" if stays else "goes-on")),
                  "xcryptd's lines: %s" % h.daemons[0].lines()[-5:])
        if stays:
            tap.equal((attempt.queued, attempt.mail), (1, []), "messages")
        else:
            test_stripped.in_the_clear(attempt)
