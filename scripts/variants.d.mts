export declare const VARIANTS: string[];
export declare function variant(asked: string): string;
