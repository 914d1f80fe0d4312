// Why single sign-on let nobody in, by the name that the control role gives in the address.
const REFUSALS = new Map([
  ["sign-on-refused", "The provider did not let you in."],
  ["sign-on-expired", "That took too long, or began in another browser. Try again."],
  ["sign-on-unknown", "Nobody here knows this account. Ask an administrator for an invitation."],
  ["sign-on-own-address", "An account has your address, entered by hand: log in with its password, then connect the provider in its settings. If it is not yours, tell an administrator."],
  ["sign-on-second-factor", "Your account has a second factor: log in with your password, then connect the provider in your account's settings."],
  ["sign-on-taken", "That account of the provider's opens somebody else's account here."],
  ["sign-on-failed", "Single sign-on did not work. An administrator finds the reason in the log."],
  ["log-in-first", "Log in first, then connect the provider."],
  ["disabled", "This account is disabled. Ask an administrator."],
  ["no-sign-on", "There is no single sign-on here."],
]);

/** Only what is known is shown: anybody can write an address. */
export function refusal(name: string | null): string | undefined {
  return REFUSALS.get(name ?? "");
}
