/*
 * The two ends of a gateway under measurement, in C so that neither is what is measured.
 *
 *   load upstream ADDRESS... PORT          answers: JSON of 1,061 bytes, or 256 events of 226 bytes, one per 25 ms
 *   load streams PORT COUNT FILE           COUNT streams at once, the request from FILE; prints what came
 *   load latency ADDRESS PORT COUNT GAP_US FILE   one request after the other; prints the median in microseconds
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX 65536
#define EVENTS_PER_STREAM 256
#define TICK_NS 25000000L
#define JSON_BYTES 1061
#define EVENT_BYTES 226

typedef struct {
  char *in;
  size_t used, size;
  int events_left, phase, is_open, is_new;
  size_t scanned;
  long bytes;
} conn_t;

static conn_t conns[FDS_MAX];
static char json_answer[4096], event_chunk[2048], stream_head[256], stream_end[1024];
static size_t json_len, event_len, head_len, end_len;

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void prepare_answers(void) {
  char body[2048], text[1200], event[2000];
  const char *start =
      "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
      "\"message\":{\"role\":\"assistant\",\"content\":\"";
  const char *finish =
      "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,\"total_tokens\":20,\"completion_tokens\":10}}";
  size_t fill = JSON_BYTES - strlen(start) - strlen(finish);
  memset(text, 'a', fill);
  text[fill] = 0;
  snprintf(body, sizeof body, "%s%s%s", start, text, finish);
  json_len = (size_t)snprintf(json_answer, sizeof json_answer,
                              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                              JSON_BYTES, body);
  start = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
          "\"delta\":{\"content\":\"";
  finish = "\"}}],\"usage\":{\"prompt_tokens\":10,\"total_tokens\":20,\"completion_tokens\":10}}\n\n";
  fill = EVENT_BYTES - strlen(start) - strlen(finish);
  memset(text, 'a', fill);
  text[fill] = 0;
  snprintf(event, sizeof event, "%s%s%s", start, text, finish);
  event_len = (size_t)snprintf(event_chunk, sizeof event_chunk, "%x\r\n%s\r\n", EVENT_BYTES, event);
  head_len = (size_t)snprintf(stream_head, sizeof stream_head,
                              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  const char *last = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],"
                     "\"usage\":{\"prompt_tokens\":10,\"total_tokens\":266,\"completion_tokens\":256}}\n\ndata: [DONE]\n\n";
  end_len = (size_t)snprintf(stream_end, sizeof stream_end, "%zx\r\n%s\r\n0\r\n\r\n", strlen(last), last);
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      usleep(50);
      continue;
    }
    if (n <= 0) return;
    bytes += n;
    length -= (size_t)n;
  }
}

static void forget(int ep, int fd) {
  epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
  close(fd);
  conns[fd].is_open = 0;
  conns[fd].used = 0;
  conns[fd].events_left = 0;
}

static void reserve(conn_t *c, size_t more) {
  if (c->used + more + 1 <= c->size) return;
  c->size = (c->used + more + 1) * 2;
  c->in = realloc(c->in, c->size);
  if (!c->in) die("realloc");
}

/* Answers each whole request in the buffer. */
static void serve(int fd) {
  conn_t *c = &conns[fd];
  for (;;) {
    c->in[c->used] = 0;
    char *end = memmem(c->in, c->used, "\r\n\r\n", 4);
    if (!end) return;
    size_t head = (size_t)(end - c->in) + 4, length = 0;
    for (char *line = c->in; line && line < end; line = memchr(line, '\n', (size_t)(end - line))) {
      if (*line == '\n') line++;
      if (strncasecmp(line, "content-length:", 15) == 0) length = strtoul(line + 15, NULL, 10);
      if (line >= end) break;
      char *next = memchr(line, '\n', (size_t)(end - line));
      if (!next) break;
      line = next;
    }
    if (c->used < head + length) return;
    int is_stream = memmem(c->in + head, length < 400 ? length : 400, "\"stream\":true", 13) != NULL;
    if (strncmp(c->in, "POST /internal/", 15) == 0) {
      const char *ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"acked\":0}";
      send_all(fd, ok, strlen(ok));
    } else if (is_stream) {
      send_all(fd, stream_head, head_len);
      c->events_left = EVENTS_PER_STREAM;
    } else {
      send_all(fd, json_answer, json_len);
    }
    memmove(c->in, c->in + head + length, c->used - head - length);
    c->used -= head + length;
  }
}

static int listen_on(const char *address, int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, address, &at.sin_addr);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) die(address);
  return fd;
}

static int run_upstream(int count, char **addresses, int port) {
  int ep = epoll_create1(0), highest = 0, listeners[16];
  prepare_answers();
  for (int i = 0; i < count; i++) {
    listeners[i] = listen_on(addresses[i], port);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listeners[i]};
    epoll_ctl(ep, EPOLL_CTL_ADD, listeners[i], &e);
  }
  int tick = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec every = {{0, TICK_NS / 25}, {0, TICK_NS / 25}};
  timerfd_settime(tick, 0, &every, NULL);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = tick};
  epoll_ctl(ep, EPOLL_CTL_ADD, tick, &e);
  puts("ready");
  fflush(stdout);
  struct epoll_event events[512];
  unsigned long turn = 0;
  for (;;) {
    int n = epoll_wait(ep, events, 512, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd, is_listener = 0;
      for (int l = 0; l < count; l++) is_listener |= fd == listeners[l];
      if (is_listener) {
        for (int c; (c = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          int one = 1;
          setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          if (c >= FDS_MAX) exit(2);
          conns[c].used = 0;
          conns[c].is_open = 1;
          conns[c].events_left = 0;
          if (c > highest) highest = c;
          struct epoll_event in = {.events = EPOLLIN, .data.fd = c};
          epoll_ctl(ep, EPOLL_CTL_ADD, c, &in);
        }
      } else if (fd == tick) {
        unsigned long expirations = 0;
        if (read(tick, &expirations, sizeof expirations) < 0) continue;
        if (expirations > 25) expirations = 25;
        /* The streams take turns, a twenty-fifth of them each millisecond. */
        for (; expirations > 0; expirations--, turn++) {
          for (int c = (int)(turn % 25); c <= highest; c += 25) {
            if (!conns[c].is_open || conns[c].events_left <= 0) continue;
            send_all(c, event_chunk, event_len);
            if (--conns[c].events_left == 0) send_all(c, stream_end, end_len);
          }
        }
      } else {
        conn_t *c = &conns[fd];
        reserve(c, 65536);
        ssize_t got = read(fd, c->in + c->used, 65536);
        if (got <= 0 && !(got < 0 && errno == EAGAIN)) forget(ep, fd);
        else if (got > 0) {
          c->used += (size_t)got;
          serve(fd);
        }
      }
    }
  }
}

static char *read_file(const char *path, size_t *length) {
  FILE *f = fopen(path, "rb");
  if (!f) die(path);
  fseek(f, 0, SEEK_END);
  *length = (size_t)ftell(f);
  rewind(f);
  char *text = malloc(*length + 1);
  if (fread(text, 1, *length, f) != *length) die(path);
  fclose(f);
  return text;
}

static int connect_to(const char *address, int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, address, &at.sin_addr);
  if (connect(fd, (struct sockaddr *)&at, sizeof at)) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static int run_streams(int port, int count, const char *file) {
  size_t length;
  char *request = read_file(file, &length);
  int ep = epoll_create1(0), opened = 0, over = 0, whole = 0;
  double started = now_s();
  long bytes = 0;
  char buffer[262144];
  struct epoll_event events[512];
  while (over < count) {
    /* Opened over one second, as clients come. */
    int due = (int)((now_s() - started) * count) + 1;
    for (; opened < count && opened < due; opened++) {
      int fd = connect_to("127.0.0.1", port);
      send_all(fd, request, length);
      fcntl(fd, F_SETFL, O_NONBLOCK);
      conns[fd].is_open = 1;
      conns[fd].phase = 0;
      struct epoll_event in = {.events = EPOLLIN, .data.fd = fd};
      epoll_ctl(ep, EPOLL_CTL_ADD, fd, &in);
    }
    int n = epoll_wait(ep, events, 512, opened < count ? 1 : 1000);
    if (now_s() - started > 120) break;
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      ssize_t got = read(fd, buffer, sizeof buffer);
      if (got > 0) {
        bytes += got;
        /* The last piece is short and comes in one. */
        if (memmem(buffer, (size_t)got, "[DONE]", 6)) {
          whole++;
          over++;
          forget(ep, fd);
        }
      } else if (!(got < 0 && errno == EAGAIN)) {
        over++;
        forget(ep, fd);
      }
    }
  }
  printf("{\"whole\":%d,\"broken\":%d,\"bytes\":%ld,\"seconds\":%.3f}\n", whole, count - whole, bytes,
         now_s() - started);
  return 0;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int run_latency(const char *address, int port, int count, int gap_us, const char *file) {
  size_t length;
  char *request = read_file(file, &length), buffer[65536];
  double *times = calloc((size_t)count, sizeof *times);
  int fd = connect_to(address, port);
  for (int i = 0; i < count; i++) {
    usleep((useconds_t)gap_us);
    double begun = now_s();
    send_all(fd, request, length);
    size_t used = 0, wanted = 0;
    while (wanted == 0 || used < wanted) {
      ssize_t got = read(fd, buffer + used, sizeof buffer - used - 1);
      if (got <= 0) die("read");
      used += (size_t)got;
      buffer[used] = 0;
      char *end = strstr(buffer, "\r\n\r\n"), *said = strcasestr(buffer, "content-length:");
      if (end && said) wanted = (size_t)(end - buffer) + 4 + strtoul(said + 15, NULL, 10);
    }
    times[i] = (now_s() - begun) * 1e6;
  }
  qsort(times, (size_t)count, sizeof *times, compare);
  printf("{\"p50_us\":%.1f,\"p99_us\":%.1f}\n", times[count / 2], times[count * 99 / 100]);
  return 0;
}

int main(int argc, char **argv) {
  if (argc >= 4 && strcmp(argv[1], "upstream") == 0) return run_upstream(argc - 3, argv + 2, atoi(argv[argc - 1]));
  if (argc == 5 && strcmp(argv[1], "streams") == 0) return run_streams(atoi(argv[2]), atoi(argv[3]), argv[4]);
  if (argc == 7 && strcmp(argv[1], "latency") == 0)
    return run_latency(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), argv[6]);
  fprintf(stderr, "usage: load upstream ADDRESS... PORT | streams PORT COUNT FILE | latency ADDRESS PORT COUNT GAP_US FILE\n");
  return 2;
}
