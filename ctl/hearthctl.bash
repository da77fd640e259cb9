# SPDX-License-Identifier: Apache-2.0
# bash completion for hearthctl(1)

_hearthctl_first_words() { # first column of a list the daemon gives, with the same --bus
	hearthctl "${bus[@]}" --no-legend --no-pager --lang=en "$@" 2>/dev/null | cut -d' ' -f1
}

_hearthctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=() bus=() i w
	local options='--json --json=short --json=pretty --lang=en --lang=zh_CN --no-pager --no-legend
		--bus --config --vendor --help --version'
	local verbs='overview doctor list status get set watch findings history bus upstream log-level reload config profile
		adapter report diagnose maintenance guide repair assist service knowledge privacy wipe scan add remove rename version'
	COMPREPLY=()
	case $prev in
	--config|--vendor)
		COMPREPLY=($(compgen -d -- "$cur"))
		return;;
	--bus)
		return;;
	--profile)
		COMPREPLY=($(compgen -W "$(_hearthctl_first_words profile list)" -- "$cur"))
		return;;
	--kind)
		COMPREPLY=($(compgen -W "$(_hearthctl_first_words profile kinds)" -- "$cur"))
		return;;
	--parity)
		COMPREPLY=($(compgen -W 'N E O' -- "$cur"))
		return;;
	--upstream)
		COMPREPLY=($(compgen -W "$(_hearthctl_first_words upstream list)" -- "$cur"))
		return;;
	--lang)
		COMPREPLY=($(compgen -W 'en zh_CN' -- "$cur"))
		return;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		w=${COMP_WORDS[i]}
		case $w in
		--bus) bus=(--bus "${COMP_WORDS[++i]}");;
		--config|--vendor|--lang) ((++i));;
		-*) ;;
		*) words+=("$w");;
		esac
	done
	if [[ $cur == -* ]]; then
		[[ ${words[0]} == findings ]] && options+=' --all'
		[[ ${words[0]} == doctor ]] && options+=' --bundle'
		[[ ${words[0]} == set ]] && options+=' --for --reason --clear --log'
		[[ ${words[0]} == scan ]] && options+=' --units --quick --baud --parity'
		[[ ${words[0]} == add ]] && options+=' --profile --label --id --setting --yes'
		[[ ${words[0]} == remove ]] && options+=' --yes'
		[[ ${words[0]} == guide ]] && options+=' --list --steps'
		[[ ${words[0]} == repair ]] && options+=' --by --part --note --print --print=text --print=html --when --contact --upstream --yes --request'
		[[ ${words[0]} == assist ]] && options+=' --upstream --for'
		[[ ${words[0]} == profile ]] && options+=' --from-csv --faults --name --kind --maker --model --output'
		[[ ${words[0]} == adapter ]] && options+=' --profile --direction'
		[[ ${words[0]} == service ]] && options+=' --region'
		[[ ${words[0]} == history ]] && options+=' --last --csv'
		[[ ${words[0]} == report ]] && options+=' --dict --to=json --to=senml --to=line --to=csv'
		[[ ${words[0]} == maintenance ]] && options+=' --who --note'
		[[ ${words[0]} == privacy ]] && options+=' --level --since --show --leave --discard'
		[[ ${words[0]} == wipe ]] && options+=' --yes --all'
		[[ ${words[0]} == bus ]] && options+=' --unit --count --raw --record --appliance'
		[[ ${words[0]} == diagnose ]] && options+=' --profile --kind --csv --map --period --rules --state-in --state-out --summary --learned --forget'
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
		return
	fi
	case "${#words[@]} ${words[0]} ${words[1]}" in
	'0 '*) COMPREPLY=($(compgen -W "$verbs" -- "$cur"));;
	'1 scan '*|'1 add '*) COMPREPLY=($(compgen -W "$(_hearthctl_first_words bus list)" -- "$cur"));;
	'1 remove '*|'1 rename '*) COMPREPLY=($(compgen -W "$(_hearthctl_first_words list)" -- "$cur"));;
	'1 bus '*) COMPREPLY=($(compgen -W 'list status monitor' -- "$cur"));;
	'1 upstream '*) COMPREPLY=($(compgen -W 'list show' -- "$cur"));;
	'1 config '*) COMPREPLY=($(compgen -W 'check cat' -- "$cur"));;
	'1 profile '*) COMPREPLY=($(compgen -W 'check list show test search kinds new' -- "$cur"));;
	'1 adapter '*) COMPREPLY=($(compgen -W 'list decode' -- "$cur"));;
	'1 knowledge '*) COMPREPLY=($(compgen -W 'list show check' -- "$cur"));;
	'2 knowledge list') COMPREPLY=($(compgen -W "$(hearthctl --no-legend --no-pager profile kinds 2>/dev/null | cut -d' ' -f1)" -- "$cur"));;
	'2 knowledge show') COMPREPLY=($(compgen -W "$(_hearthctl_first_words knowledge list)" -- "$cur"));;
	'1 diagnose '*) COMPREPLY=($(compgen -W "replay check $(_hearthctl_first_words list)" -- "$cur"));;
	'1 repair '*) COMPREPLY=($(compgen -W 'request list show cancel verify-visit key done verify' -- "$cur"));;
	'2 repair request') COMPREPLY=($(compgen -W "$(_hearthctl_first_words list)" -- "$cur"));;
	'2 repair show'|'2 repair cancel') COMPREPLY=($(compgen -W "$(_hearthctl_first_words repair list)" -- "$cur"));;
	'1 assist '*) COMPREPLY=($(compgen -W 'start stop list' -- "$cur"));;
	'2 assist start'|'2 assist stop'|'2 service list') COMPREPLY=($(compgen -W "$(_hearthctl_first_words list)" -- "$cur"));;
	'1 service '*) COMPREPLY=($(compgen -W 'list check import' -- "$cur"));;
	'1 guide '*|'2 repair done'|'2 repair verify'|'2 findings show') COMPREPLY=($(compgen -W "$(_hearthctl_first_words findings --all)" -- "$cur"));;
	'1 maintenance '*) COMPREPLY=($(compgen -W "done $(_hearthctl_first_words list)" -- "$cur"));;
	'2 maintenance done') COMPREPLY=($(compgen -W "$(_hearthctl_first_words list)" -- "$cur"));;
	'3 maintenance done') COMPREPLY=($(compgen -W "$(hearthctl "${bus[@]}" --json maintenance "${words[2]}" 2>/dev/null |
		grep -o '"item":"[^"]*"' | cut -d'"' -f4)" -- "$cur"));;
	'1 privacy '*) COMPREPLY=($(compgen -W 'show preview ledger rotate' -- "$cur"));;
	'2 privacy '*) COMPREPLY=($(compgen -W "$(_hearthctl_first_words upstream list)" -- "$cur"));;
	'1 report '*) COMPREPLY=($(compgen -W decode -- "$cur"));;
	'1 log-level '*) COMPREPLY=($(compgen -W 'err warning notice info debug' -- "$cur"));;
	'1 set '*|'1 status '*|'1 get '*|'1 watch '*|'1 history '*) COMPREPLY=($(compgen -W "$(_hearthctl_first_words list)" -- "$cur"));;
	'1 findings '*) COMPREPLY=($(compgen -W "show $(_hearthctl_first_words list)" -- "$cur"));;
	'2 bus monitor') COMPREPLY=($(compgen -W "$(_hearthctl_first_words bus list)" -- "$cur"));;
	'2 upstream show') COMPREPLY=($(compgen -W "$(_hearthctl_first_words upstream list)" -- "$cur"));;
	'2 bus status') COMPREPLY=($(compgen -W "$(_hearthctl_first_words bus list)" -- "$cur"));;
	'2 profile show'|'2 profile test'|'2 profile check') COMPREPLY=($(compgen -W "$(_hearthctl_first_words profile list)" -- "$cur")
		$(compgen -f -- "$cur"));;
	'2 set '*) COMPREPLY=($(compgen -W "$(_hearthctl_first_words set "${words[1]}")" -- "$cur"));;
	'2 get '*|'2 history '*) COMPREPLY=($(compgen -W "$(_hearthctl_first_words get "${words[1]}")" -- "$cur"));;
	*) COMPREPLY=($(compgen -f -- "$cur"));;
	esac
}
complete -F _hearthctl hearthctl
