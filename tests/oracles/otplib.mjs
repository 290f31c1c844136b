// otplib, from npm. php/tests/OraclesTest.php runs it: a list of {secret, algorithm, digits, period, times} on stdin, the codes at those times on stdout.
import { readFileSync } from 'node:fs';
import { generate } from 'otplib';

const codes = JSON.parse(readFileSync(0, 'utf8')).map(({ secret, algorithm, digits, period, times }) =>
  Promise.all(times.map((epoch) => generate({ secret, algorithm: algorithm.toLowerCase(), digits, period, epoch }))));
process.stdout.write(JSON.stringify(await Promise.all(codes)));
