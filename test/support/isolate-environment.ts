/**
 * Imported for its effect, before any test: isolates the tests from the user's environment variables (a proxy, a key,
 * a locale that is not installed, about which every shell would warn) and umask.
 */

// c8 measures the child processes of tests through NODE_V8_COVERAGE.
const KEPT = ['PATH', 'NODE_V8_COVERAGE'];

// Tests that run as root drop privileges and still need their files, which they could not reach below /root.
if (process.getuid?.() !== 0) KEPT.push('TMPDIR');

for (const name of Object.keys(process.env)) if (!KEPT.includes(name)) Reflect.deleteProperty(process.env, name);
// Debian uses this home directory for users without one.
process.env['HOME'] = '/nonexistent';
process.env['LC_ALL'] = 'C';
process.umask(0o022);
