import type { Progress } from "../convert/convert.ts";
import { count, size, wholeDuration } from "./format.ts";
import { say } from "./streams.ts";

/** Shows how far a job is. `stop` takes the display away (or ends its line) and gives the cursor back. */
export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Shows the end of a job that succeeded. */
  finish(progress: Progress): void;
  /** Prints a message so that it does not end up within a bar. */
  note(text: string): void;
  stop(): void;
}

const words: Record<Progress["phase"], string> = { read: "reading", write: "writing" };

/** How far a phase is, and how fast it goes. */
export interface Pace extends Progress {
  /** Bytes a second since the phase began; null while that means nothing. */
  speed: number | null;
  /** Seconds until its end at that speed; null while that means nothing. */
  left: number | null;
}

/** Measures each phase by itself: writing may begin late, or may have begun while the reading went on. */
export function pacer(): (progress: Progress) => Pace {
  let phase: Progress["phase"] | null = null;
  let [bytes, seconds] = [0, 0];
  return (progress) => {
    if (progress.phase !== phase) {
      if (phase !== null) [bytes, seconds] = [progress.bytes, progress.seconds];
      phase = progress.phase;
    }
    const elapsed = progress.seconds - seconds;
    const done = progress.bytes - bytes;
    const speed = elapsed > 0.2 && done > 0 ? done / elapsed : null;
    return { ...progress, speed, left: speed && Math.max(0, progress.totalBytes - progress.bytes) / speed };
  };
}

/** What a line of progress says: "reading 45 %: 212 MB of 472 MB, 310 MB/s, 4,500,000 rows, 1 s left". */
export function progressText(pace: Pace): string {
  const percent = pace.totalBytes === 0 ? 100 : Math.min(100, Math.floor((100 * pace.bytes) / pace.totalBytes));
  const parts = [`${size(pace.bytes)} of ${size(pace.totalBytes)}`];
  if (pace.speed !== null) parts.push(`${size(Math.round(pace.speed))}/s`);
  parts.push(`${count(pace.rows)} ${pace.rows === 1 ? "row" : "rows"}`);
  if (pace.left !== null) parts.push(`${wholeDuration(Math.ceil(pace.left))} left`);
  return `${words[pace.phase]} ${percent} %: ${parts.join(", ")}`;
}

/** Lines for logs: none in the first second, then one every few seconds, and one at the end. */
export function progressLines(write: (text: string) => void = say): ProgressDisplay {
  const first = 1;
  const step = 5;
  let next = first;
  const pace = pacer();
  return {
    update(progress) {
      const now = pace(progress);
      if (progress.seconds < next) return;
      next = progress.seconds + step;
      write(`sharray: ${progressText(now)}\n`);
    },
    finish(progress) {
      write(`sharray: ${progressText(pace(progress))}\n`);
    },
    note: write,
    stop() {},
  };
}

/** A bar for terminals. */
export async function progressBar(stream: NodeJS.WriteStream): Promise<ProgressDisplay> {
  const { default: bars } = await import("cli-progress");
  const bar = new bars.SingleBar({
    stream,
    format: (_options, params, payload) => {
      const now: Pace | undefined = payload.now;
      if (!now) return "";
      const cells = 24;
      const full = Math.round(cells * params.progress);
      return `[${"#".repeat(full)}${"-".repeat(cells - full)}] ${progressText(now)}`;
    },
    hideCursor: true,
    clearOnComplete: false,
    stopOnComplete: false,
    gracefulExit: false, // signals are ours
    fps: 10,
  });
  let started = false;
  const pace = pacer();
  const notes: string[] = [];
  const stop = (): void => {
    if (started) bar.stop();
    started = false;
    process.off("exit", stop);
    for (const text of notes.splice(0)) stream.write(text);
  };
  const update = (progress: Progress): void => {
    const total = Math.max(1, progress.totalBytes);
    const now = pace(progress);
    if (!started) {
      bar.start(total, 0, { now });
      process.on("exit", stop); // a second Ctrl-C exits at once: the cursor must be visible then too
      started = true;
    }
    bar.setTotal(total);
    bar.update(Math.min(progress.bytes, total), { now });
  };
  return {
    update,
    finish(progress) {
      if (started) update(progress);
    },
    note(text) {
      if (started) notes.push(text);
      else stream.write(text);
    },
    stop,
  };
}

/** Shows nothing. */
export const noProgress: ProgressDisplay = { update() {}, finish() {}, note: say, stop() {} };

/** What suits standard error: a bar on a terminal, lines elsewhere, nothing when `quiet`. */
export async function progressFor(stream: NodeJS.WriteStream, quiet: boolean): Promise<ProgressDisplay> {
  if (quiet) return noProgress;
  return stream.isTTY && process.env.TERM !== "dumb" ? progressBar(stream) : progressLines();
}
