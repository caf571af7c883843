// What is wrong with how places were set up, for the person who did.

/** A mistake in an option, a variable or a file; the message holds no secret. */
export class PlacesConfigError extends Error {
  /** The name of the class. */
  override readonly name = "PlacesConfigError";
}
