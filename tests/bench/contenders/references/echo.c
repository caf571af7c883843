// Sends back what it reads: the least that a server of lines can do, and so the limit of what one can
// reach over the loopback of this machine. One thread, epoll. Prints its port.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, MAX_EVENTS = 256 };

static void watch(int epoll, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void echo(int fd) {
  static char buffer[BUFFER];
  ssize_t count = recv(fd, buffer, BUFFER, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  for (ssize_t at = 0; at < count;) {
    ssize_t written = send(fd, buffer + at, (size_t)(count - at), MSG_NOSIGNAL);
    if (written < 0) count = 0;
    else at += written;
  }
  if (count <= 0) close(fd);
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0) {
    perror("echo: cannot listen");
    return 1;
  }
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  int epoll = epoll_create1(0);
  watch(epoll, listener);
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd != listener) {
        echo(events[i].data.fd);
        continue;
      }
      int fd = accept(listener, NULL, NULL);
      int on = 1;
      if (fd < 0) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(epoll, fd);
    }
  }
}
