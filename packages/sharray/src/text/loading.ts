// The level below `saving.ts`: the sources and options of loadtxt stand one above what reads.
import "./options.ts";

export * from "./reading.ts";
