<?php
/* Installs the site and writes its pages. */

define('WP_INSTALLING', true);

require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install('Nordkai', 'admin', 'admin@wordpress.example', true, '', 'secret');

update_option('permalink_structure', '/%postname%/');
update_option('show_avatars', 1);

/* as for an editor who may write any markup */
kses_remove_filters();

wp_insert_post(array(
    'post_type' => 'page', 'post_status' => 'publish', 'post_name' => 'film',
    'post_title' => 'A film', 'post_author' => 1,
    'post_content' => '<!-- wp:html --><iframe width="560" height="315" '
        . 'src="https://www.youtube.com/embed/abcdefghijk?feature=oembed">'
        . '</iframe><!-- /wp:html -->',
));

$about = wp_insert_post(array(
    'post_type' => 'post', 'post_status' => 'publish', 'post_name' => 'about',
    'post_title' => 'About', 'post_author' => 1, 'comment_status' => 'open',
    'post_content' => "A small harbour town. \u{1F6A2}",
));

wp_insert_comment(array(
    'comment_post_ID' => $about, 'comment_author' => 'Kari',
    'comment_author_email' => 'kari@wordpress.example',
    'comment_content' => 'A fine one.', 'comment_approved' => 1,
));

flush_rewrite_rules();

echo "made\n";
