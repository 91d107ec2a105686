/*
 * The least that an agent can cost: one thread with epoll, which answers each NOTIFY with the same action and does not read
 * its messages. Arguments: addresses to listen on, a port of loopback or the path of a UNIX socket.
 */
#define _GNU_SOURCE /* memmem */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HAPROXY_HELLO = 1, HAPROXY_DISCONNECT = 2, NOTIFY = 3, AGENT_HELLO = 101, AGENT_DISCONNECT = 102, ACK = 103 };

enum { HEADER = 9, SIZE = 1 << 16, MAX_FRAME = 16380 };

/* version "2.0", max-frame-size 16380, capabilities "pipelining": a type of value is 8 for a text and 3 for uint32 */
static const char hello[] = "\x07version\x08\x03" "2.0"
	"\x0emax-frame-size\x03\xfc\xf0\x06"
	"\x0c" "capabilities\x08\x0apipelining";

/* status-code 0, message "normal" */
static const char goodbye[] = "\x0bstatus-code\x03\x00" "\x07message\x08\x06normal";

/* set-var, three arguments, scope txn, my_var = "tequila" */
static const char actions[] = "\x01\x03\x02\x06my_var\x08\x07tequila";

struct connection {
	int descriptor;
	int is_listener;
	size_t length;
	unsigned char in[SIZE];
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct connection *add(int poll, int descriptor, int is_listener)
{
	struct connection *connection = calloc(1, is_listener ? offsetof(struct connection, in) : sizeof *connection);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

	if (connection == NULL)
		fail("calloc");
	connection->descriptor = descriptor;
	connection->is_listener = is_listener;
	if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0)
		fail("epoll_ctl");
	return connection;
}

static int listen_on(const char *text)
{
	struct sockaddr_in tcp = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	int is_path = strchr(text, '/') != NULL;
	int descriptor = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	int status;

	if (is_path) {
		snprintf(local.sun_path, sizeof local.sun_path, "%s", text);
		unlink(text);
		status = bind(descriptor, (struct sockaddr *) &local, sizeof local);
	} else {
		int on = 1;

		tcp.sin_port = htons((uint16_t) atoi(text));
		setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		status = bind(descriptor, (struct sockaddr *) &tcp, sizeof tcp);
	}
	if (status < 0 || listen(descriptor, 1024) < 0)
		fail(text);
	return descriptor;
}

static uint32_t length_of(const unsigned char *frame)
{
	return (uint32_t) frame[0] << 24 | (uint32_t) frame[1] << 16 | (uint32_t) frame[2] << 8 | frame[3];
}

/* Skips a varint, or returns NULL if the frame ends before it does */
static const unsigned char *skip_varint(const unsigned char *at, const unsigned char *end)
{
	if (at == NULL || at >= end)
		return NULL;
	if (*at++ < 240)
		return at;
	while (at < end)
		if (*at++ < 128)
			return at;
	return NULL;
}

static unsigned char *frame(unsigned char *out, int type, const void *ids, size_t ids_length, const char *rest,
		size_t rest_length)
{
	size_t length = HEADER - 4 + ids_length + rest_length;
	unsigned char header[HEADER] = { length >> 24, length >> 16, length >> 8, length, type, 0, 0, 0, 1 };

	memcpy(out, header, HEADER);
	memcpy(out + HEADER, ids, ids_length);
	memcpy(out + HEADER + ids_length, rest, rest_length);
	return out + 4 + length;
}

/* Returns whether the connection goes on */
static int answer(struct connection *connection)
{
	static unsigned char out[2 * SIZE]; /* an ACK is shorter than twice its NOTIFY */
	const unsigned char *at = connection->in;
	const unsigned char *end = at + connection->length;
	unsigned char *to = out;
	int ends = 0;

	while (!ends && end - at >= 4 && end - at >= 4 + (ptrdiff_t) length_of(at)) {
		const unsigned char *next = at + 4 + length_of(at);
		const unsigned char *ids = at + HEADER;
		const unsigned char *rest;

		if (next - at < HEADER + 2)
			return 0;
		switch (at[4]) {
		case HAPROXY_HELLO:
			to = frame(to, AGENT_HELLO, "\0", 2, hello, sizeof hello - 1);
			ends = memmem(at, next - at, "healthcheck", 11) != NULL;
			break;
		case HAPROXY_DISCONNECT:
			to = frame(to, AGENT_DISCONNECT, "\0", 2, goodbye, sizeof goodbye - 1);
			ends = 1;
			break;
		case NOTIFY:
			rest = skip_varint(skip_varint(ids, next), next);
			if (rest == NULL || to - out > (ptrdiff_t) sizeof out - MAX_FRAME)
				return 0;
			to = frame(to, ACK, ids, rest - ids, actions, sizeof actions - 1);
			break;
		default:
			return 0;
		}
		at = next;
	}
	if (end - at >= 4 && length_of(at) > MAX_FRAME)
		return 0;
	connection->length = end - at;
	memmove(connection->in, at, connection->length);
	/* The load is lower than what a socket holds: an answer that does not fit into it ends the connection */
	return (to == out || write(connection->descriptor, out, to - out) == to - out) && !ends;
}

static int receive(struct connection *connection)
{
	ssize_t count = read(connection->descriptor, connection->in + connection->length, SIZE - connection->length);

	if (count <= 0)
		return 0;
	connection->length += count;
	return answer(connection);
}

static void accept_from(int poll, int listener)
{
	int on = 1;
	int descriptor = accept(listener, NULL, NULL);

	if (descriptor >= 0) {
		setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails for a UNIX socket */
		add(poll, descriptor, 0);
	}
}

int main(int count, char **arguments)
{
	struct epoll_event events[256];
	int poll = epoll_create1(0);

	for (int i = 1; i < count; i++)
		add(poll, listen_on(arguments[i]), 1);
	for (;;) {
		int ready = epoll_wait(poll, events, 256, -1);

		if (ready < 0 && errno != EINTR)
			fail("epoll_wait");
		for (int i = 0; i < ready; i++) {
			struct connection *connection = events[i].data.ptr;

			if (connection->is_listener) {
				accept_from(poll, connection->descriptor);
			} else if (!receive(connection)) {
				close(connection->descriptor);
				free(connection);
			}
		}
	}
}
