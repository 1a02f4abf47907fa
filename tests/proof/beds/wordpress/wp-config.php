<?php
/* The site behind nginx, which speaks TLS for it. */

define('DB_DIR', __DIR__ . '/wp-content/database/');
define('DB_FILE', 'site.sqlite');
define('DB_NAME', 'site');
define('DB_USER', '');
define('DB_PASSWORD', '');
define('DB_HOST', '');

define('WP_HOME', 'https://www.wordpress.example');
define('WP_SITEURL', 'https://www.wordpress.example');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);

foreach (array('AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
               'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT',
               'NONCE_SALT') as $name) {
    define($name, 'for a test alone');
}

$table_prefix = 'wp_';
$_SERVER['HTTPS'] = 'on';

if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}

require_once ABSPATH . 'wp-settings.php';
