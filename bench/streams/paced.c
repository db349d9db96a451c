/*
 * Many slow streams, in C so that neither end is what is measured.
 *
 *   paced upstream PORT PERIOD_MS ADDRESS...              a token each PERIOD_MS, as many as "max_tokens" of the request says
 *   paced client ADDRESS PORT COUNT RAMP_MS LIMIT_S FILE  COUNT streams at once; prints what came and how late
 *
 * Each token carries the moment of its sending by the one clock of the machine, so its delay is known where it arrives.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX 131072
#define LISTENERS_MAX 256
#define STAMP 18 /* t= 15 digits ; */
#define BUCKET_US 10
#define BUCKETS 1000000

typedef struct {
  char *in;
  size_t used, size;
  long left, sent;
  int slot, before, after; /* the streams of one slot are a list */
  int is_whole, is_bad, has_head, carried;
  char carry[STAMP];
} conn_t;

static conn_t conns[FDS_MAX];
static unsigned histogram[BUCKETS + 1];

static long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void raise_descriptors(long needed) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if ((long)limit.rlim_cur >= needed) return;
  fprintf(stderr, "only %ld files may be open, %ld are needed: raise the hard limit (ulimit -Hn)\n",
          (long)limit.rlim_cur, needed);
  exit(3);
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      usleep(50);
      continue;
    }
    if (n <= 0) return;
    bytes += n;
    length -= (size_t)n;
  }
}

static int *slots;

static void leave_slot(int fd) {
  conn_t *c = &conns[fd];
  if (c->left <= 0) return;
  if (c->before >= 0) conns[c->before].after = c->after;
  else slots[c->slot] = c->after;
  if (c->after >= 0) conns[c->after].before = c->before;
  c->left = 0;
}

static void send_token(int fd) {
  conn_t *c = &conns[fd];
  char event[512], chunk[600];
  c->sent++;
  int n = snprintf(event, sizeof event,
                   "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                   "\"delta\":{\"content\":\"t=%015ld;\"}}],\"usage\":{\"prompt_tokens\":10,\"total_tokens\":%ld,"
                   "\"completion_tokens\":%ld}}\n\n",
                   now_us(), 10 + c->sent, c->sent);
  int length = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", n, event);
  int is_last = c->left == 1;
  if (is_last) leave_slot(fd);
  else c->left--;
  send_all(fd, chunk, (size_t)length);
  if (!is_last) return;
  n = snprintf(event, sizeof event,
               "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],"
               "\"usage\":{\"prompt_tokens\":10,\"total_tokens\":%ld,\"completion_tokens\":%ld}}\n\ndata: [DONE]\n\n",
               10 + c->sent, c->sent);
  length = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n0\r\n\r\n", n, event);
  send_all(fd, chunk, (size_t)length);
}

/* Answers each whole request in the buffer. */
static void serve(int fd, int slot) {
  conn_t *c = &conns[fd];
  for (;;) {
    c->in[c->used] = 0;
    char *end = memmem(c->in, c->used, "\r\n\r\n", 4);
    if (!end) return;
    size_t head = (size_t)(end - c->in) + 4;
    char *said = strcasestr(c->in, "content-length:");
    size_t length = said && said < end ? strtoul(said + 15, NULL, 10) : 0;
    if (c->used < head + length) return;
    if (strncmp(c->in, "POST /internal/", 15) == 0) {
      const char *ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"acked\":0}";
      send_all(fd, ok, strlen(ok));
    } else {
      const char *streaming =
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
      char *wanted = memmem(c->in + head, length, "\"max_tokens\":", 13);
      leave_slot(fd);
      c->left = wanted ? strtol(wanted + 13, NULL, 10) : 1;
      c->sent = 0;
      c->slot = slot;
      c->before = -1;
      c->after = slots[slot];
      if (c->after >= 0) conns[c->after].before = fd;
      slots[slot] = fd;
      send_all(fd, streaming, strlen(streaming));
      send_token(fd);
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

static void watch(int ep, int fd) {
  struct epoll_event in = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(ep, EPOLL_CTL_ADD, fd, &in);
}

static void accept_all(int ep, int listener) {
  for (int c; (c = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    int one = 1;
    if (c >= FDS_MAX) exit(2);
    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    conns[c].used = 0;
    conns[c].left = 0;
    watch(ep, c);
  }
}

static void read_request(int fd, int slot) {
  conn_t *c = &conns[fd];
  if (c->used + 4097 > c->size) {
    c->size = c->used + 8192;
    c->in = realloc(c->in, c->size);
    if (!c->in) die("realloc");
  }
  ssize_t got = read(fd, c->in + c->used, 4096);
  if (got > 0) {
    c->used += (size_t)got;
    serve(fd, slot);
  } else if (!(got < 0 && errno == EAGAIN)) {
    leave_slot(fd);
    close(fd);
  }
}

static void run_upstream(int port, int period_ms, int count, char **addresses) {
  int ep = epoll_create1(0), listeners[LISTENERS_MAX];
  slots = malloc(sizeof *slots * (size_t)period_ms);
  for (int i = 0; i < period_ms; i++) slots[i] = -1;
  for (int i = 0; i < count; i++) watch(ep, listeners[i] = listen_on(addresses[i], port));
  int tick = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec every = {{0, 1000000}, {0, 1000000}};
  timerfd_settime(tick, 0, &every, NULL);
  watch(ep, tick);
  puts("ready");
  fflush(stdout);
  struct epoll_event events[512];
  int slot = 0;
  for (;;) {
    int n = epoll_wait(ep, events, 512, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd, is_listener = 0;
      for (int l = 0; l < count; l++) is_listener |= fd == listeners[l];
      if (is_listener) accept_all(ep, fd);
      else if (fd == tick) {
        unsigned long turns = 0;
        if (read(tick, &turns, sizeof turns) < 0) continue;
        for (; turns > 0; turns--) {
          slot = (slot + 1) % period_ms;
          for (int c = slots[slot], after; c >= 0; c = after) {
            after = conns[c].after;
            send_token(c);
          }
        }
      } else read_request(fd, slot);
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
  if (fd < 0 || fd >= FDS_MAX || connect(fd, (struct sockaddr *)&at, sizeof at)) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static long tokens, told_bad;

/* `text` begins with what was carried over from before. */
static void scan(conn_t *c, char *text, size_t length) {
  char *at = text, *end = text + length;
  long now = now_us();
  for (char *found; (found = memmem(at, (size_t)(end - at), "t=0", 3)) && end - found >= STAMP; at = found + STAMP) {
    if (found[STAMP - 1] != ';') continue;
    long late = (now - strtol(found + 2, NULL, 10)) / BUCKET_US;
    histogram[late < 0 ? 0 : late > BUCKETS ? BUCKETS : late]++;
    tokens++;
  }
  if (memmem(text, length, "[DONE]", 6)) c->is_whole = 1;
  c->carried = end - at < STAMP ? (int)(end - at) : STAMP - 1;
  memcpy(c->carry, end - c->carried, (size_t)c->carried);
}

static void take(conn_t *c, char *text, size_t length) {
  if (!c->has_head) {
    c->has_head = 1;
    if (length < 12 || strncmp(text + STAMP, "HTTP/1.1 200", 12) != 0) {
      c->is_bad = 1;
      if (told_bad++ < 3) fprintf(stderr, "answer: %.*s\n", (int)(length < 300 ? length : 300), text + STAMP);
    }
  }
  memcpy(text + STAMP - c->carried, c->carry, (size_t)c->carried);
  scan(c, text + STAMP - c->carried, length + (size_t)c->carried);
}

static double percentile_ms(double share) {
  long wanted = (long)(share * (double)tokens), seen = 0;
  for (int i = 0; i <= BUCKETS; i++) {
    seen += histogram[i];
    if (seen > wanted) return i * BUCKET_US / 1000.0;
  }
  return BUCKETS * BUCKET_US / 1000.0;
}

static int run_client(const char *address, int port, int count, int ramp_ms, int limit_s, const char *file) {
  size_t length;
  char *request = read_file(file, &length), buffer[STAMP + 65536];
  int ep = epoll_create1(0), opened = 0, over = 0, whole = 0, open = 0, most = 0;
  long started = now_us(), told = started;
  struct epoll_event events[512];
  while (over < count && now_us() - started < limit_s * 1000000L) {
    int due = (int)((now_us() - started) / 1000 * count / ramp_ms) + 1;
    for (; opened < count && opened < due; opened++) {
      int fd = connect_to(address, port);
      if (fd < 0) {
        if (told_bad++ < 3) perror("connect");
        over++;
        continue;
      }
      send_all(fd, request, length);
      fcntl(fd, F_SETFL, O_NONBLOCK);
      memset(&conns[fd], 0, sizeof conns[fd]);
      watch(ep, fd);
      if (++open > most) most = open;
    }
    int n = epoll_wait(ep, events, 512, opened < count ? 1 : 100);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      conn_t *c = &conns[fd];
      ssize_t got = read(fd, buffer + STAMP, 65536);
      if (got > 0) take(c, buffer, (size_t)got);
      else if (got < 0 && errno == EAGAIN) continue;
      if (got > 0 && !c->is_whole && !c->is_bad) continue;
      whole += c->is_whole && !c->is_bad;
      over++;
      open--;
      close(fd);
    }
    if (now_us() - told > 10000000L) {
      told = now_us();
      fprintf(stderr, "%d open, %d whole, %d over, %ld tokens, p50 %.2f ms, p99 %.2f ms\n", open, whole, over, tokens,
              percentile_ms(0.5), percentile_ms(0.99));
    }
  }
  printf("{\"whole\":%d,\"broken\":%d,\"most_open\":%d,\"tokens\":%ld,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"seconds\":%.1f}\n",
         whole, count - whole, most, tokens, percentile_ms(0.5), percentile_ms(0.99), (now_us() - started) / 1e6);
  return 0;
}

int main(int argc, char **argv) {
  if (argc >= 5 && argc - 4 <= LISTENERS_MAX && strcmp(argv[1], "upstream") == 0) {
    raise_descriptors(1024);
    run_upstream(atoi(argv[2]), atoi(argv[3]), argc - 4, argv + 4);
  }
  if (argc == 8 && strcmp(argv[1], "client") == 0) {
    raise_descriptors(atoi(argv[4]) + 64);
    return run_client(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), atoi(argv[6]), argv[7]);
  }
  fprintf(stderr, "usage: paced upstream PORT PERIOD_MS ADDRESS... | paced client ADDRESS PORT COUNT RAMP_MS LIMIT_S FILE\n");
  return 2;
}
