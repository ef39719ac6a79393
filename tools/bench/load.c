/* Clients of a Phoenix Channels server, many in one thread, so that they are never what is measured.

   load MODE HOST PORT CLIENTS WARM_S EVENT SHOUT FILE

   FILE has a line for each client: the target of its request, then topics with the payloads of their joins, all
   separated by tabs. Every client connects and joins its topics, one after the other; the last is the one that counts.
   Then, by MODE,

     replies   each sends EVENT (a name, a space, a payload) and, with its reply, the next; replies are counted;
     fanout    SHOUT is written to, a byte for each broadcast, or is "-": then the first client sends EVENT for each.
               Some are on their way at any time; what arrives is counted;
     joins     nothing more: it is they who have arrived that are counted;
     hold      nothing more.

   "measuring" is printed when what counts begins, after WARM_S; it ends with the input, though not before as much was
   counted as there are clients, and `joins` ends with the last. Then a line of JSON says what was counted, in how many
   seconds, and the share of a core that this program took meanwhile. A join that is refused ends it; other replies that
   are not "ok" are counted as failures, too. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

enum { BEAT_S = 20, PATIENCE_S = 30, ARRIVING = 256, ON_THEIR_WAY = 4, FIELDS = 9, ROOM = 1 << 16, FRAME = 1 << 14 };
enum state { IDLE, CONNECTING, UPGRADING, JOINING, JOINED };

struct client {
    int fd, fields, topic;
    enum state state;
    unsigned long ref, join_ref;
    char *field[FIELDS]; /* the target, then topics and payloads in turn */
    char *unread;
    size_t size;
};

static struct client *clients;
static int epoll, count, arrived, started;
static const char *mode, *event, *host;
static int port, shout = -1, over;
static unsigned long replies, broadcasts, delivered, failures;
static char buffer[ROOM];

static void die(const char *why, ...) {
    va_list arguments;
    va_start(arguments, why);
    vfprintf(stderr, why, arguments);
    fputc('\n', stderr);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double used(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* -- sending ----------------------------------------------------------------------------------------------------- */

static void put(struct client *client, const char *data, size_t size) {
    if (send(client->fd, data, size, MSG_NOSIGNAL) != (ssize_t)size) die("a client could not send: %s", strerror(errno));
}

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

static void send_frame(struct client *client, int opcode, const char *text, size_t size) {
    static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
    char frame[FRAME + 8];
    size_t head = 2;
    frame[0] = (char)(0x80 | opcode);
    if (size < 126) frame[1] = (char)(0x80 | size);
    else frame[1] = (char)(0x80 | 126), frame[2] = (char)(size >> 8), frame[3] = (char)size, head = 4;
    memcpy(frame + head, mask, 4);
    for (size_t i = 0; i < size; i++) frame[head + 4 + i] = text[i] ^ mask[i % 4];
    put(client, frame, head + 4 + size);
}

static void say(struct client *client, const char *name, const char *payload) {
    char text[FRAME];
    int size = snprintf(text, sizeof text, "[\"%lu\",\"%lu\",\"%s\",\"%s\",%s]", client->join_ref, ++client->ref,
                        client->field[client->topic], name, payload);
    if (size >= (int)sizeof text) die("a frame is too long");
    send_frame(client, TEXT, text, size);
}

static void join(struct client *client, int topic) {
    client->topic = topic;
    client->join_ref = client->ref + 1;
    client->state = JOINING;
    say(client, "phx_join", client->field[topic + 1]);
}

static void say_event(struct client *client) {
    char name[64];
    const char *space = strchr(event, ' ');
    snprintf(name, sizeof name, "%.*s", (int)(space - event), event);
    say(client, name, space + 1);
}

static void broadcast(void) {
    broadcasts++;
    if (shout < 0) say_event(&clients[0]);
    else if (write(shout, "!", 1) != 1) die("nobody broadcasts: %s", strerror(errno));
}

/* A client that says nothing for a minute is closed. */
static void beat(void) {
    static const char pulse[] = "[null,\"0\",\"phoenix\",\"heartbeat\",{}]";
    static double last;
    if (now() - last < BEAT_S) return;
    last = now();
    for (int i = 0; i < started; i++)
        if (clients[i].state == JOINED) send_frame(&clients[i], TEXT, pulse, sizeof pulse - 1);
}

/* -- arriving ---------------------------------------------------------------------------------------------------- */

static void start(void) {
    struct client *client = &clients[started++];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event wanted = {.events = EPOLLOUT, .data.ptr = client};
    int one = 1;
    inet_pton(AF_INET, host, &address.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) die("no socket: %s", strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        die("nobody listens on %s port %d: %s", host, port, strerror(errno));
    client->state = CONNECTING;
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &wanted);
}

static void ask(struct client *client) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = client};
    char request[FRAME];
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                        client->field[0], host, port);
    if (size >= (int)sizeof request) die("a request is too long");
    client->state = UPGRADING;
    epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &wanted);
    put(client, request, size);
}

static void joined(struct client *client) {
    client->state = JOINED;
    if (client->topic + 2 < client->fields) {
        join(client, client->topic + 2);
    } else {
        arrived++;
        if (started < count) start();
    }
}

/* -- receiving --------------------------------------------------------------------------------------------------- */

static int has(const char *text, size_t size, const char *part) { return memmem(text, size, part, strlen(part)) != NULL; }

static void hear(struct client *client, const char *text, size_t size) {
    if (has(text, size < 64 ? size : 64, "\"phoenix\"")) return;
    if (!has(text, size < 200 ? size : 200, "\"phx_reply\"")) {
        delivered++;
        return;
    }
    if (!has(text, size, "\"status\":\"ok\"")) {
        if (client->state != JOINED) die("refused: %.*s", (int)size, text);
        failures++;
    }
    if (client->state == JOINING) joined(client);
    else if (!strcmp(mode, "replies")) replies++, say_event(client);
}

/* How much of `data` was a frame; nothing, where it is not all there. */
static size_t take(struct client *client, const char *data, size_t size) {
    const unsigned char *byte = (const unsigned char *)data;
    size_t head = 2, length;
    if (size < 2) return 0;
    length = byte[1] & 127;
    if (length == 126) head = 4;
    if (length == 127) head = 10;
    if (size < head) return 0;
    if (length > 125) {
        length = 0;
        for (size_t i = 2; i < head; i++) length = length << 8 | byte[i];
    }
    if (size < head + length) return 0;
    if ((byte[0] & 15) == CLOSE) die("the server closed with %d", length < 2 ? 0 : byte[head] << 8 | byte[head + 1]);
    if ((byte[0] & 15) == PING) send_frame(client, PONG, data + head, length);
    if ((byte[0] & 15) == TEXT) hear(client, data + head, length);
    return head + length;
}

static size_t take_head(struct client *client, const char *data, size_t size) {
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (size < 12 || memcmp(data + 9, "101", 3)) die("not opened: %.*s", (int)(end - data), data);
    join(client, 1);
    return end + 4 - data;
}

static void receive(struct client *client) {
    char *data = buffer;
    ssize_t got = recv(client->fd, buffer + client->size, sizeof buffer - client->size, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) die("the server is gone");
    if (client->size) memcpy(buffer, client->unread, client->size);
    size_t size = client->size + got, taken;
    while ((taken = client->state == UPGRADING ? take_head(client, data, size) : take(client, data, size)) > 0)
        data += taken, size -= taken;
    if (size == sizeof buffer) die("a frame is too long");
    client->size = size;
    if (!size) return;
    client->unread = realloc(client->unread, size);
    memcpy(client->unread, data, size);
}

static void turn(int timeout_ms) {
    struct epoll_event events[1024];
    int ready = epoll_wait(epoll, events, 1024, timeout_ms);
    for (int i = 0; i < ready; i++) {
        struct client *client = events[i].data.ptr;
        if (!client) over = 1;
        else if (client->state == CONNECTING) ask(client);
        else receive(client);
    }
    if (!strcmp(mode, "fanout") && arrived == count)
        while (broadcasts < ON_THEIR_WAY + delivered / count) broadcast();
}

/* -- the whole --------------------------------------------------------------------------------------------------- */

static void read_clients(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL, *field;
    size_t room = 0;
    if (!file) die("%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (getline(&line, &room, file) < 0) die("%s has fewer than %d clients", path, count);
        for (field = strtok(line, "\t\n"); field && clients[i].fields < FIELDS; field = strtok(NULL, "\t\n"))
            clients[i].field[clients[i].fields++] = strdup(field);
    }
    fclose(file);
}

static void run_for(double seconds) {
    for (double end = now() + seconds; now() < end;) turn(100);
}

static unsigned long counted(void) {
    return !strcmp(mode, "replies") ? replies : !strcmp(mode, "joins") ? (unsigned long)arrived : delivered;
}

/* Input that ends at once, or a server that is slow to begin, is no reason to say that nothing was done. */
static void run_until_told(void) {
    struct epoll_event input = {.events = EPOLLIN};
    unsigned long enough = strcmp(mode, "hold") ? counted() + count : 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    while (!over) turn(1000), beat();
    epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    for (double end = now() + PATIENCE_S; counted() < enough; turn(1000))
        if (now() > end) die("the server does not answer");
}

static void arrive(void) {
    while (started < count && started < ARRIVING) start();
    while (arrived < count) turn(1000), beat();
}

int main(int argc, char **argv) {
    if (argc != 9) die("load MODE HOST PORT CLIENTS WARM_S EVENT SHOUT FILE");
    mode = argv[1], host = argv[2], port = atoi(argv[3]), count = atoi(argv[4]), event = argv[6];
    clients = calloc(count, sizeof *clients);
    epoll = epoll_create1(0);
    if (strcmp(argv[7], "-") && (shout = open(argv[7], O_WRONLY)) < 0) die("%s: %s", argv[7], strerror(errno));
    read_clients(argv[8]);
    int joining = !strcmp(mode, "joins");
    if (!joining) arrive();
    for (int i = 0; i < count && !strcmp(mode, "replies"); i++) say_event(&clients[i]);
    if (!joining) run_for(atof(argv[5]));
    printf("measuring\n");
    fflush(stdout);
    unsigned long before = counted();
    double start_s = now(), used_before = used();
    if (joining) arrive();
    else run_until_told();
    double seconds = now() - start_s;
    printf("{\"counted\": %lu, \"failures\": %lu, \"seconds\": %.6f, \"share\": %.3f}\n", counted() - before, failures,
           seconds, (used() - used_before) / seconds);
    return 0;
}
