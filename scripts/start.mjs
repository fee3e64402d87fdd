// The demo: sets up what is missing, then shows the main job on real input.
import { setup } from "./setup.mjs";

setup();
await import("./demo.mjs");
