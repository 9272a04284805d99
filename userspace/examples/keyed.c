// SPDX-License-Identifier: GPL-2.0
/* Both ends of a connection over loopback, with keys that both know: no daemon is asked. */
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/xcrypt.h>

static void connect_both(int fd[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (listen(listener, 1) || getsockname(listener, (struct sockaddr *)&at, &len))
		err(1, "listen");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd[0], (struct sockaddr *)&at, len))
		err(1, "connect");
	fd[1] = accept(listener, NULL, NULL);
	close(listener);
}

static void install(int fd, int direction, const struct xcrypt_key *key)
{
	if (setsockopt(fd, SOL_XCRYPT, direction, key, sizeof(*key)))
		err(1, "the key");
}

int main(void)
{
	struct xcrypt_key key = { .version = XCRYPT_VERSION, .key_len = 32, .iv_len = 12,
				  .cipher = "chacha20" };
	struct xcrypt_info info;
	socklen_t len = sizeof(info);
	char text[6] = "";
	int fd[2], i;

	connect_both(fd);
	for (i = 0; i < 2; i++)
		if (setsockopt(fd[i], SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")))
			err(1, "attach");
	if (getrandom(key.key, 32, 0) != 32 || getrandom(key.iv, 12, 0) != 12)
		err(1, "getrandom");
	install(fd[0], XCRYPT_TX, &key);
	install(fd[1], XCRYPT_RX, &key);
	if (write(fd[0], "hello", 5) != 5 || read(fd[1], text, 5) != 5)
		err(1, "the text");
	if (getsockopt(fd[1], SOL_XCRYPT, XCRYPT_RX, &info, &len))
		err(1, "getsockopt");
	printf("%s, %llu octets by %s\n", text, (unsigned long long)info.octets, info.cipher);
	return strcmp(text, "hello") != 0;
}
