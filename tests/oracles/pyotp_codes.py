"""pyotp. php/tests/OraclesTest.php runs it: a list of {uri, times} on stdin, the codes at those times on stdout."""

import json
import sys

import pyotp

json.dump([[pyotp.parse_uri(one["uri"]).at(time) for time in one["times"]] for one in json.load(sys.stdin)], sys.stdout)
