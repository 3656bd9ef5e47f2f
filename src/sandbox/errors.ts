/** One line of the `errors` array of GitHub's 422 answers. */
export interface FieldError {
  resource: string;
  code: string;
  field?: string;
  message?: string;
}

/** A refusal in GitHub's form; thrown by the model, answered by the REST routes. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly status: number;
  readonly errors: readonly (FieldError | string)[] | undefined;

  constructor(status: number, message: string, errors?: readonly (FieldError | string)[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  /** The body of the answer. */
  body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      documentation_url: "https://docs.github.com/rest",
      status: String(this.status),
    };
  }
}

/** 404, which GitHub also answers where the caller may not look. */
export function notFound(): GitHubError {
  return new GitHubError(404, "Not Found");
}

/** 422 about one field. */
export function invalidField(resource: string, field: string, code: string, message?: string): GitHubError {
  return new GitHubError(422, "Validation Failed", [
    { resource, code, field, ...(message === undefined ? {} : { message }) },
  ]);
}

/** 422 with one sentence. */
export function unprocessable(message: string): GitHubError {
  return new GitHubError(422, message);
}
