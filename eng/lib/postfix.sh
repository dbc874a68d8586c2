# Sourced after common.sh by scripts that run Postfix instances of their own, which never touch a Postfix of the machine. Gives start_postfix.

[ "$(id -u)" -eq 0 ] || { echo "$script: Postfix's master must be started by root" >&2; exit 2; }
need_tools "apt-get install postfix" postfix smtp-source smtp-sink

start_postfix() { # folder; the services that take mail come from standard input, as in master.cf
  local at=$1
  mkdir -p "$at/conf" "$at/queue" "$at/data"
  chown postfix "$at/data"
  chmod 711 "$at"
  cat >"$at/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $at/queue
data_directory = $at/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = $at
maillog_file = $at/mail.log
myhostname = $(basename "$at").test
mydestination =
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = none
CONF
  cat >"$at/conf/master.cf"
  cat >>"$at/conf/master.cf" <<'CONF'
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
CONF
  at_end "postfix -c $at/conf stop >/dev/null 2>&1"
  postfix -c "$at/conf" start >/dev/null 2>&1 || { echo "$script: Postfix does not start" >&2; cat "$at/mail.log" >&2; exit 1; }
}
