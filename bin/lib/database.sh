# shellcheck shell=bash
# A private MariaDB for each site: socket only, data beside the site. Durability is off, because sites are temporary.

start_mariadb() {
  local data=$STATE/mysql i
  if [ ! -d "$data/mysql" ]; then
    as_server mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal \
      --skip-test-db --force --innodb-log-file-size=8M > "$STATE/log/mariadb-install.log" 2>&1 || die "mariadb-install-db: $(head -c 600 "$STATE/log/mariadb-install.log")"
  fi
  launch mariadb "$STATE/log/mariadb.log" "${AS_SERVER[@]}" mariadbd --no-defaults --datadir="$data" \
    --socket="$RUN/db.sock" --pid-file="$RUN/db.pid" --skip-networking --character-set-server=utf8mb4 \
    --skip-log-bin --performance-schema=OFF --innodb-buffer-pool-size=64M --innodb-log-file-size=8M \
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-buffer-pool-dump-at-shutdown=OFF
  for ((i = 0; i < 600; i++)); do
    if as_server mariadb --no-defaults -S "$RUN/db.sock" -u root -e 'SELECT 1' >/dev/null 2>&1; then return; fi
    group_running mariadb || break
    sleep 0.05
  done
  die "MariaDB does not start: $(tail -5 "$STATE/log/mariadb.log")"
}

create_database() {
  as_server mariadb --no-defaults -S "$RUN/db.sock" -u root -e "
    CREATE DATABASE wordpress;
    CREATE USER wordpress@localhost IDENTIFIED BY 'wordpress';
    GRANT ALL ON *.* TO wordpress@localhost"
}
