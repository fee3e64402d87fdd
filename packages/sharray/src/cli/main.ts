import { type Job, parse } from "./program.ts";
import { report } from "./report.ts";
import { say, watchStreams } from "./streams.ts";

/** Each command is loaded when it is asked for, so that --help and usage errors need neither the addon nor libhdf5. */
async function run(job: Job): Promise<void> {
  switch (job.command) {
    case "convert":
      return (await import("./convert.ts")).convertCommand(job.files, job.flags);
    case "infer":
      return (await import("./infer.ts")).inferCommand(job.files, job.flags);
    case "info":
      return (await import("./info.ts")).infoCommand(job.file, job.flags);
    case "head":
      return (await import("./head.ts")).headCommand(job.dataset, job.flags);
    case "ls":
      return (await import("./ls.ts")).lsCommand(job.flags);
    case "rm":
      return (await import("./rm.ts")).rmCommand(job.names, job.flags);
    case "gc":
      return (await import("./gc.ts")).gcCommand(job.flags);
    case "doctor":
      return (await import("./doctor.ts")).doctorCommand(job.flags);
  }
}

watchStreams();
try {
  await run(parse(process.argv.slice(2)));
} catch (error) {
  process.exitCode = report(error, say);
}
