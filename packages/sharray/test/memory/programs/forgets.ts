// Forgets an array. The types and comments above it are what a compiler takes out, so that lines move.
import { SharedArray } from "sharray";

interface Size {
  rows: number;
  columns: number;
}

function forget({ rows, columns }: Size): number {
  const shape = [rows, columns];
  return SharedArray.create({ shape, dtype: "<f8" }).size;
}

forget({ rows: 2, columns: 3 });
