export interface Instructions {
  count: number;
  parse: number;
  both: number;
}
export interface Recorded {
  table: string;
  compiler: string;
  goals: Record<string, number>;
  instructions: Record<string, Instructions>;
}
export declare function engines(): string[];
export declare function compiler(): string;
export declare function cannotCount(): string | null;
export declare function recorded(): Recorded | null;
export declare function instructions(table?: string): Promise<Record<string, Instructions>>;
