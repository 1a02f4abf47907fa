# Read by nginx's configure when it writes its makefile: a changed file of
# the interface is built in anew, without another configure.

consent_root=$ngx_addon_dir

cat << END                                                    >> $NGX_MAKEFILE

$NGX_OBJS/consent/consent_assets.c:	$consent_root/tools/embed.sh \\
	$consent_root/rules/purposes.json \\
	\$(wildcard $consent_root/ngx_consent_module/ui/assets/*) \\
	\$(wildcard $consent_root/ngx_consent_module/ui/texts/*)
	sh $consent_root/tools/embed.sh $consent_root \$@

END
