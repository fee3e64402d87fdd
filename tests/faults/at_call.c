// Runs a program and, between two SIGURG that it sends itself, counts the system calls of its main thread: before the n-th it
// kills or stops it.
//
//   at_call kill|stop|list N COMMAND...
//
// Descriptor 3 is a connection to whoever watches. It gets the line "killed NAME", "stopped NAME" (and then waits for one byte
// before the program goes on) or "ended" when there were fewer calls; with `list` a line "at NAME" for each call. What other threads do is not looked at, and calls that
// touch neither files, locks, sockets nor mappings are not counted.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WATCHER = 3 };

// As <linux/ptrace.h> has it, which cannot be included beside <sys/ptrace.h>.
struct call_information {
  unsigned char operation;
  unsigned char padding[3];
  unsigned int architecture;
  unsigned long long instruction_pointer;
  unsigned long long stack_pointer;
  unsigned long long number;
  unsigned long long arguments[6];
};
enum { GET_CALL = 0x420e, AT_ENTRY = 1 };

static const struct { long number; const char *name; } counted[] = {
#define CALL(name) { SYS_##name, #name }
    CALL(memfd_create), CALL(openat), CALL(close), CALL(ftruncate), CALL(fallocate), CALL(fcntl), CALL(flock),
    CALL(linkat), CALL(unlinkat), CALL(renameat2), CALL(fchmod), CALL(fstatfs), CALL(statx), CALL(fstat), CALL(pread64),
    CALL(pwrite64), CALL(read), CALL(write), CALL(mmap), CALL(munmap), CALL(getdents64), CALL(readlinkat),
    CALL(sendmsg), CALL(recvmsg), CALL(socketpair), CALL(eventfd2), CALL(dup), CALL(getrandom), CALL(fchmodat),
#ifdef SYS_newfstatat
    CALL(newfstatat),
#endif
#ifdef SYS_open
    CALL(open), CALL(link), CALL(unlink), CALL(rename), CALL(readlink), CALL(stat), CALL(lstat), CALL(symlink),
#endif
    CALL(renameat), CALL(statfs), CALL(mremap),
};

static void fail(const char *what) {
  fprintf(stderr, "at_call: %s: %s\n", what, strerror(errno));
  exit(97);
}

static void tell(const char *what, const char *name) {
  char line[80];
  int length = snprintf(line, sizeof line, "%s %s\n", what, name);
  if (write(WATCHER, line, (size_t)length) != length) exit(98);
}

static const char *name_of(long number) {
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
    if (counted[i].number == number) return counted[i].name;
  return NULL;
}

int main(int count, char **words) {
  if (count < 4) return 96;
  const int list = strcmp(words[1], "list") == 0;
  const int kill_it = strcmp(words[1], "kill") == 0;
  const long wanted = atol(words[2]);
  int gate[2];
  if (pipe(gate) != 0) fail("pipe");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    char byte;
    close(gate[1]);
    close(WATCHER);
    if (read(gate[0], &byte, 1) != 1) _exit(95);
    close(gate[0]);
    execvp(words[3], words + 3);
    fail(words[3]);
  }
  close(gate[0]);
  if (ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) != 0) {
    fail("ptrace");
  }
  if (write(gate[1], "g", 1) != 1) fail("write");
  close(gate[1]);

  int watching = 0, done = 0;
  long seen = 0;
  for (;;) {
    int status;
    if (waitpid(child, &status, 0) < 0) {
      if (errno == EINTR) continue;
      fail("waitpid");
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (!done) tell("ended", "");
      if (WIFEXITED(status)) return WEXITSTATUS(status);
      signal(WTERMSIG(status), SIG_DFL);
      raise(WTERMSIG(status));
      return 94;
    }
    if (!WIFSTOPPED(status)) continue;
    int deliver = WSTOPSIG(status);
    if (status >> 16 == PTRACE_EVENT_STOP) {
      deliver = 0;
    } else if (deliver == (SIGTRAP | 0x80)) {
      deliver = 0;
      struct call_information call;
      if (ptrace((int)GET_CALL, child, sizeof call, &call) > 0 && call.operation == AT_ENTRY) {
        const char *name = name_of((long)call.number);
        if (list && name != NULL && watching) {
          tell("at", name);
        } else if (name != NULL && watching && !done && ++seen == wanted) {
          done = 1;
          watching = 0;
          if (kill_it) {
            kill(child, SIGKILL);
            tell("killed", name);
            continue;
          }
          tell("stopped", name);
          char byte;
          if (read(WATCHER, &byte, 1) != 1) return 93;
        }
      }
    } else if (deliver == SIGURG) {
      deliver = 0;
      watching = !watching && !done;
      if (!watching && !done) {
        done = 1;
        tell("ended", "");
      }
    }
    if (ptrace(watching ? PTRACE_SYSCALL : PTRACE_CONT, child, 0, deliver) != 0 && errno != ESRCH) fail("ptrace");
  }
}
