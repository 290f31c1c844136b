# shellcheck shell=bash
# The site's PHP and its web server.

# php_options → PHP_OPTIONS: the options with which the site's PHP is started, for the server and for scripts
php_options() {
  PHP_OPTIONS=(-d memory_limit=256M -d display_errors=0 -d log_errors=1 -d "sendmail_path=$STATE/lib/sendmail")
  if [ "$WITH_EXTENSION" = yes ]; then PHP_OPTIONS+=(-d "extension=$STATE/sallyport.so"); fi
}

# site_php ARG…: runs php as the server would
site_php() {
  php_options
  SALLYPORT_SITE=$DIR SALLYPORT_SITE_HOST=$HOST as_server "$PHP" "${PHP_OPTIONS[@]}" "$@"
}

# site_script ARG…: the same for one of many scripts. Without a cache, compiling WordPress would take most of their time.
site_script() { with_compiled -d opcache.file_cache_only=1 "$@"; }

# site_scripts ARG…: for one that runs many; what changes meanwhile is compiled anew
site_scripts() { with_compiled -d opcache.revalidate_freq=0 "$@"; }

with_compiled() {
  # Code that was compiled with the extension's functions must not be used without them, nor by the server, whose PHP has other functions.
  local compiled=$STATE/compiled/$WITH_EXTENSION
  mkdir -p "$compiled"
  own_folder "$compiled"
  site_php -d opcache.enable_cli=1 -d "opcache.file_cache=$compiled" "$@"
}

start_server() {
  local -a opcache=(-d opcache.revalidate_freq=0)
  php_options
  if [ "$SERVER" = cli ]; then
    launch web "$STATE/log/server.log" "${AS_SERVER[@]}" env PHP_CLI_SERVER_WORKERS="$WORKERS" \
      "$PHP" "${PHP_OPTIONS[@]}" "${opcache[@]}" -d opcache.enable_cli=1 -S "127.0.0.1:$PORT" -t "$DIR" "$STATE/lib/router.php"
  else
    write_fpm_config
    write_nginx_config
    launch fpm "$STATE/log/server.log" "${AS_SERVER[@]}" "$(fpm_of "$PHP")" -F -y "$STATE/fpm.conf" "${PHP_OPTIONS[@]}" "${opcache[@]}"
    launch web "$STATE/log/server.log" "${AS_SERVER[@]}" "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$RUN" -e "$STATE/log/nginx.log" -c "$STATE/nginx.conf"
  fi
}

# Waits until the site answers. 1: the server has ended, most likely because the port was taken.
wait_for_site() {
  local i status answer=$STATE/log/answer
  for ((i = 0; i < 300; i++)); do
    # The answer must come from our own server: another server on this port would answer, too.
    group_running web || return 1
    status=$(curl -s -o "$answer" -w '%{http_code}' --max-time 20 "http://$HOST/wp-json/" || true)
    if [ "$status" = 200 ] && jq -e .namespaces "$answer" >/dev/null 2>&1; then
      group_running web || return 1
      rm -f "$answer"
      return 0
    fi
    if [ "$status" != 000 ] && [ "$status" != 502 ] && [ "$i" -gt 20 ]; then break; fi # 502: PHP-FPM is not ready yet
    sleep 0.05
  done
  say "error: /wp-json/ answers $status: $(head -c 300 "$answer" 2>/dev/null)"
  tail -n 12 "$STATE"/log/*.log >&2 2>/dev/null || true
  exit 1
}

write_fpm_config() {
  cat > "$STATE/fpm.conf" <<E
[global]
error_log = $STATE/log/fpm.log
[www]
listen = $RUN/fpm.sock
pm = static
pm.max_children = $WORKERS
catch_workers_output = yes
request_terminate_timeout = 300
php_value[error_log] = $STATE/log/php.log
E
}

write_nginx_config() {
  cat > "$STATE/nginx.conf" <<E
daemon off;
pid $RUN/nginx.pid;
error_log $STATE/log/nginx.log warn;
worker_processes 1;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  server_tokens off;
  client_max_body_size 16m;
  client_body_temp_path $RUN/nginx-body;
  proxy_temp_path $RUN/nginx-proxy;
  fastcgi_temp_path $RUN/nginx-fastcgi;
  uwsgi_temp_path $RUN/nginx-uwsgi;
  scgi_temp_path $RUN/nginx-scgi;
  server {
    listen 127.0.0.1:$PORT;
    server_name _;
    root $DIR;
    index index.php;
    location ~ /\.(?!well-known(/|\$)) { return 404; }
    location ~* ^/wp-content/(database(/|\$)|uploads/.*\.php\$|debug\.log\$) { return 404; }
    # a sub-folder network: /two/wp-admin/… and /two/wp-login.php are the network's own files
    if (!-e \$request_filename) {
      rewrite /wp-admin\$ \$scheme://\$http_host\$uri/ permanent;
      rewrite ^/[_0-9a-zA-Z-]+(/wp-(?:admin|includes|content).*) \$1 last;
      rewrite ^/[_0-9a-zA-Z-]+(/[^/]+\.php)\$ \$1 last;
    }
    location / { try_files \$uri \$uri/ /index.php\$is_args\$args; }
    location ~ \.php\$ {
      try_files \$uri =404;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
      fastcgi_param HTTP_HOST \$http_host;
      fastcgi_pass unix:$RUN/fpm.sock;
      fastcgi_read_timeout 300;
      # A page is sent only when it is complete, because half of one would confuse a browser test.
      fastcgi_buffers 8 256k;
      fastcgi_buffer_size 256k;
    }
  }
}
E
}

# A port below the range of outgoing connections; locked (fd 8) until our server uses it.
choose_port() {
  local port i
  for ((i = 0; i < 200; i++)); do
    port=$((20000 + RANDOM % 12000))
    if hold_port "$port" && ! port_in_use "$port"; then PORT=$port; return; fi
  done
  die "no free port found"
}

# Prevents other sites from choosing this port while this script runs (fd 8).
hold_port() {
  mkdir -p "$CACHE/ports"
  exec 8>"$CACHE/ports/$1"
  flock -n 8
}

port_in_use() { (exec 7<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
