const ANNOUNCEMENT =
  /^(?:\u001b\[2m)?(?:Submitting \d[\d,]* sites? to \S+(?: \(profile [^)\n]*\))?|Sandbox: nothing leaves this machine)(?:\u001b\[22m)?\r?\n/;

/** Returns the log of a submission without its first line, which names the API. */
export function withoutAnnouncement(stderr: string): string {
  return stderr.replace(ANNOUNCEMENT, '');
}
