# shellcheck shell=bash
# All parts of bin/site.
. "$LIB/packages.sh"
. "$LIB/wordpress.sh"
. "$LIB/processes.sh"
. "$LIB/database.sh"
. "$LIB/server.sh"
. "$LIB/site-state.sh"
. "$LIB/site-template.sh"
. "$LIB/site-up.sh"
