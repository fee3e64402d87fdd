import type { Check, Machine } from "./doctor_check.ts";
import * as limits from "./doctor_limits.ts";
import { removeIpc } from "./doctor_logind.ts";
import * as names from "./doctor_names.ts";
import * as system from "./doctor_system.ts";

export type { Check } from "./doctor_check.ts";

/** What `sharray doctor` found. */
export interface Diagnosis {
  checks: Check[];
  /** Whether nothing failed; warnings are allowed. */
  ok: boolean;
}

/** Looks at everything that decides whether shared memory works on a machine, and how much there is. */
export function diagnose(machine: Machine): Diagnosis {
  const checks = [
    system.kernel(machine),
    system.platform(machine),
    system.node(machine),
    system.simd(machine),
    system.user(machine),
    system.capabilities(machine),
    limits.memory(machine),
    limits.overcommit(machine),
    limits.cgroup(machine),
    ...limits.resources(machine),
    limits.descriptors(machine),
    limits.maxMapCount(machine),
    limits.memfd(machine),
    limits.hugePages(machine),
    names.sharedMount(machine),
    names.leftovers(machine),
    names.proc(machine),
    names.otherDescriptors(machine),
    removeIpc(machine),
    system.pidNamespace(machine),
    system.container(machine),
  ].filter((check) => check !== null);
  return { checks, ok: checks.every(({ status }) => status !== "failure") };
}
