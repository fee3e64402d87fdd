/** A limit of this process; null is none. */
export interface NativeLimit {
  soft: number | null;
  hard: number | null;
}

/** What the machine and this process's limits leave, in bytes where it is not a count. */
export interface NativeSurvey {
  /** MemAvailable; null where /proc does not tell. */
  available: number | null;
  /** The file of the tightest memory control group (version 1 or 2), and what it leaves; null when none limits. */
  group: { file: string; free: number } | null;
  descriptors: NativeLimit;
  addressSpace: NativeLimit;
  fileSize: NativeLimit;
  data: NativeLimit;
  /** The engine that reads text; null when SHARRAY_SIMD names one that does not exist. */
  simd: string | null;
}

/** What crates/node/src/survey.rs exports. */
export interface SurveyAddon {
  survey(): NativeSurvey;
  /** Makes a page of anonymous memory, without touching other blocks. The descriptor is the caller's to close. */
  tryMemory(): number;
  /** 0 when files without a name (O_TMPFILE) can be made in the folder, else the system's error number. */
  unnamedFileErrno(folder: string): number;
}
