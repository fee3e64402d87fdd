// Imported before sharray: what a process keeps for its next load would count as left behind.
process.env.SHARRAY_ARENA = "0";
