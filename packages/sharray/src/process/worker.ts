// The program of a worker process: takes tasks from the parent through descriptor 3, one after another.
import "./carried_errors.ts";
import "./carried_memory.ts";
import { settled } from "../memory/attachments.ts";
import { blockOfMemory, type SharedMemory } from "../memory/shared_memory.ts";
import { Claims } from "./claims.ts";
import { encode, Letter } from "./codec.ts";
import { asTask, enterWorker } from "./context.ts";
import { hold } from "./keepalive.ts";
import { leave } from "./leftovers.ts";
import { flushed, messagesOf, Port } from "./port.ts";
import { importTask } from "./task.ts";
import { Kind, WORKER_VARIABLE } from "./wire.ts";

/** Where the tasks of sharray itself are: they take and return memory and plain values, nothing else. */
const OWN = new URL("..", import.meta.url).href;

/** How long a worker whose parent is gone may take to end by itself. */
const GRACE = 500;

enterWorker();
delete process.env[WORKER_VARIABLE];
// Ctrl-C reaches the whole process group; the parent decides what becomes of its workers.
process.on("SIGINT", () => {});

const letters: Letter[] = [];
let claims: Claims | undefined;
/** What was returned and not confirmed: shared memory, and how much. */
const unconfirmed = new Map<number, { result: unknown; weight: number }>();
let working = false;
let exitcode: number | null = null;

const port = new Port(
  [3],
  {
    message: (arrival) => {
      for (const message of messagesOf(arrival)) receive(new Letter(message));
    },
    closed: () => process.exit(0),
  },
  { exitAfter: GRACE },
);
hold(port);
port.send(encode({ kind: Kind.ready, id: 0 }, null, "ready").bytes, []);

function receive(letter: Letter): void {
  if (letter.kind === Kind.confirmed) {
    const { weight = 0 } = unconfirmed.get(letter.id) ?? {};
    unconfirmed.delete(letter.id);
    if (exitcode !== null) void end(exitcode);
    else leave(weight);
    return;
  }
  if (letter.kind === Kind.claims) {
    claims = new Claims(blockOfMemory(letter.value() as SharedMemory));
    return;
  }
  letters.push(letter);
  if (!working) void work();
}

async function work(): Promise<void> {
  working = true;
  for (let letter = letters.shift(); letter; letter = letters.shift()) {
    if (letter.kind === Kind.end) {
      await end(0);
      return;
    }
    await answer(letter);
  }
  working = false;
}

async function answer(letter: Letter): Promise<void> {
  if (letter.kind === Kind.run && letter.id > 0 && !claims?.begin(letter.id)) {
    letter.discard(); // taken back meanwhile
    return;
  }
  let waiting: number;
  let code = 0;
  try {
    // Arrays and queues come with a program's own tasks; without them a worker starts in three quarters of the time.
    if (!letter.note.includes(`\n${OWN}`)) await import("./carriers.ts");
    const args = letter.value() as never[];
    const run = await importTask(letter.note);
    const result = await asTask(() => run(...args));
    const packed = encode({ kind: Kind.returned, id: letter.id }, result, "result");
    waiting = port.send(packed.bytes, packed.fds);
    // What was returned is the parent's to close; here it is let go with the last that refers to it.
    for (const block of packed.blocks) settled(block);
    // Kept until the parent has attached the memory in it.
    if (packed.fds.length > 0) unconfirmed.set(letter.id, { result, weight: packed.weight });
  } catch (error) {
    const packed = encode({ kind: Kind.threw, id: letter.id }, error, "error");
    waiting = port.send(packed.bytes, packed.fds);
    code = 1;
  }
  if (letter.kind === Kind.runOnce) exitcode = code;
  else if (letter.weight > 0) leave(letter.weight);
  // The next task begins when this answer has left: what the parent has no answer to is what was running.
  if (waiting > 0) await new Promise<void>((resolve) => port.whenSent(waiting, () => resolve()));
}

async function end(code: number): Promise<void> {
  await flushed();
  process.exit(code);
}
