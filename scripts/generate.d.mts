export declare function generate(fd: number, seed: number, rows: number): void;
export declare function generateFile(path: string, seed: number, rows: number): void;
