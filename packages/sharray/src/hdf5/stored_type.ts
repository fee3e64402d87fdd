import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike, FieldLike } from "../dtype/element.ts";
import type { Layout } from "../dtype/layout.ts";

/** What the elements of a dataset are: their dtype, and the axes that each of them has of its own (HDF5's array type). */
export interface StoredType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** The dtype of elements that native code describes, with the gaps between fields as they are in the file. */
export function storedType(layout: Layout): StoredType {
  if (layout.kind === "array") return { dtype: dtypeOf(likeOf(layout.base)) as DType, shape: layout.shape };
  return { dtype: dtypeOf(likeOf(layout)) as DType, shape: [] };
}

function likeOf(layout: Layout): DTypeLike {
  if (layout.kind === "array") return likeOf(layout.base);
  if (layout.kind !== "record") return spell(layout.kind, layout.size, layout.swap);
  const list: FieldLike[] = [];
  let end = 0;
  const gap = (to: number): void => {
    if (to > end) list.push(["", `|V${to - end}`]);
  };
  for (const field of layout.fields) {
    gap(field.offset);
    const like = likeOf(field.layout);
    list.push(field.layout.kind === "array" ? [field.name, like, field.layout.shape] : [field.name, like]);
    end = field.offset + field.layout.size;
  }
  gap(layout.size);
  return list;
}

function spell(kind: string, size: number, swap: boolean): string {
  return `${swap ? ">" : "<"}${kind}${kind === "U" ? size / 4 : size}`;
}
