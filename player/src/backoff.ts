// How long to wait before trying again: doubles with every failure up to a longest wait.

export class Backoff {
  private failures = 0;

  constructor(
    private readonly first_ms: number,
    private readonly longest_ms: number,
  ) {}

  failed(): number {
    return Math.min(this.longest_ms, this.first_ms * 2 ** this.failures++);
  }

  succeeded(): void {
    this.failures = 0;
  }

  get count(): number {
    return this.failures;
  }
}
