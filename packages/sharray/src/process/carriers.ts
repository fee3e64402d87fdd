// Everything that has a form of its own in messages; a parent and its worker both load this.
import "./carried_arrays.ts";
import "./carried_errors.ts";
import "./carried_memory.ts";
import "./queue.ts";
