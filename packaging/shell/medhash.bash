# bash completion of medhash, made by packaging/build_command_files.py; do not edit.
_medhash() {
    local cur="${COMP_WORDS[COMP_CWORD]}" words="" files="" path="" i
    local prev="${COMP_WORDS[COMP_CWORD-1]}"
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${COMP_WORDS[i]}" in
            " index"|" train"|" evaluate"|" compare"|" pretrain"|" labels"|" search"|" export"|" export picture"|" export dicom"|" export teaching"|" export report"|" duplicates"|" library"|" library merge"|" library key"|" library verify"|" library repair"|" library compact"|" library purge"|" library relink"|" library leave-out"|" library take-back"|" library left-out"|" library label"|" library shortcuts"|" library export"|" library push"|" library withdraw"|" info"|" privacy"|" audit"|" audit verify"|" audit export"|" audit on"|" audit off"|" audit state"|" models"|" weights"|" sample"|" doctor"|" self-test"|" window"|" demo") path="$path ${COMP_WORDS[i]}" ;;
        esac
    done
    case "$path:$prev" in
        " index:--library") files=yes ;;
        " index:--labels") files=yes ;;
        " index:--list") files=yes ;;
        " index:--model") files=yes ;;
        " index:--device") words="auto cpu cuda mps" ;;
        " index:--share-patients-with") files=yes ;;
        " train:--out") files=yes ;;
        " train:--labels") files=yes ;;
        " train:--leave-out") files=yes ;;
        " train:--precision") words="float32 bfloat16 float16 auto" ;;
        " train:--device") words="auto cpu cuda mps" ;;
        " evaluate:--labels") files=yes ;;
        " evaluate:--query") files=yes ;;
        " evaluate:--query-labels") files=yes ;;
        " evaluate:--list") files=yes ;;
        " evaluate:--device") words="auto cpu cuda mps" ;;
        " compare:--out") files=yes ;;
        " compare:--labels") files=yes ;;
        " compare:--leave-out") files=yes ;;
        " compare:--precision") words="float32 bfloat16 float16 auto" ;;
        " compare:--device") words="auto cpu cuda mps" ;;
        " pretrain:--out") files=yes ;;
        " pretrain:--kind") words="film fundus" ;;
        " pretrain:--precision") words="float32 bfloat16" ;;
        " pretrain:--device") words="auto cpu cuda mps" ;;
        " labels:--folder") files=yes ;;
        " search:--unlike") files=yes ;;
        " search:--patients") words="exclude include group" ;;
        " search:--cases") words="all group" ;;
        " search:--overlay") files=yes ;;
        " search:--model") files=yes ;;
        " export picture:--map-of") files=yes ;;
        " export picture:--out") files=yes ;;
        " export dicom:--patients") words="exclude include group" ;;
        " export dicom:--out") files=yes ;;
        " export teaching:--patients") words="exclude include group" ;;
        " export teaching:--notes") files=yes ;;
        " export teaching:--language") words="en zh_CN" ;;
        " export teaching:--out") files=yes ;;
        " export report:--patients") words="exclude include group" ;;
        " export report:--out") files=yes ;;
        " duplicates:--list") files=yes ;;
        " library key:--to") files=yes ;;
        " library repair:--root") files=yes ;;
        " library repair:--key") files=yes ;;
        " library push:--index") words="BIN_FLAT BIN_IVF_FLAT" ;;
        " doctor:--bundle") files=yes ;;
        " window:--image") files=yes ;;
        " window:--screenshot") files=yes ;;
        " demo:--screenshot") files=yes ;;
        " index:--file-column"|" index:--label-column"|" index:--patient-column"|" index:--case-column"|" index:--detail"|" index:--label-separator"|" index:--path-pattern"|" index:--label-tag"|" index:--frames"|" index:--shard"|" train:--file-column"|" train:--label-column"|" train:--patient-column"|" train:--case-column"|" train:--detail"|" train:--label-separator"|" train:--backbone"|" train:--weights"|" train:--views"|" train:--epochs"|" train:--batch"|" train:--size"|" train:--rate"|" train:--rate-pretrained"|" train:--augment"|" train:--validation"|" train:--test"|" train:--method"|" train:--bits"|" train:--option"|" train:--pretraining"|" train:--seed"|" train:--name"|" train:--title"|" train:--modality"|" train:--licence"|" evaluate:--file-column"|" evaluate:--label-column"|" evaluate:--patient-column"|" evaluate:--case-column"|" evaluate:--detail"|" evaluate:--label-separator"|" evaluate:--path-pattern"|" evaluate:--label-tag"|" evaluate:--frames"|" evaluate:--findings-only"|" evaluate:--top"|" evaluate:--seed"|" compare:--methods"|" compare:--bits"|" compare:--seeds"|" compare:--first-seed"|" compare:--option"|" compare:--variant"|" compare:--against"|" compare:--processes"|" compare:--file-column"|" compare:--label-column"|" compare:--patient-column"|" compare:--case-column"|" compare:--detail"|" compare:--label-separator"|" compare:--backbone"|" compare:--weights"|" compare:--views"|" compare:--epochs"|" compare:--batch"|" compare:--size"|" compare:--rate"|" compare:--rate-pretrained"|" compare:--augment"|" compare:--validation"|" compare:--test"|" pretrain:--backbone"|" pretrain:--weights"|" pretrain:--licence"|" pretrain:--epochs"|" pretrain:--batch"|" pretrain:--queue"|" pretrain:--size"|" pretrain:--rate"|" pretrain:--frozen"|" pretrain:--seed"|" labels:--file-column"|" labels:--label-column"|" labels:--patient-column"|" labels:--case-column"|" labels:--detail"|" labels:--label-separator"|" search:--frame"|" search:--view"|" search:--box"|" search:--more-of"|" search:--top"|" search:--within"|" search:--where"|" search:--report-text"|" search:--since"|" search:--before"|" search:--mask"|" export picture:--frame"|" export picture:--view"|" export picture:--window"|" export picture:--mask"|" export dicom:--top"|" export dicom:--frame"|" export dicom:--view"|" export dicom:--window"|" export dicom:--mask"|" export teaching:--top"|" export teaching:--frame"|" export teaching:--view"|" export teaching:--window"|" export teaching:--diagnosis"|" export teaching:--mask"|" export report:--top"|" export report:--frame"|" export report:--view"|" export report:--window"|" export report:--mask"|" duplicates:--within"|" library purge:--folder"|" library purge:--patient"|" library leave-out:--frame"|" library take-back:--frame"|" library label:--frame"|" library label:--as"|" library shortcuts:--top"|" library shortcuts:--sample"|" library shortcuts:--seed"|" library shortcuts:--where"|" library push:--to"|" audit verify:--expect"|" weights:--from"|" weights:--sha256") return ;;  # nobody can guess that
        *) case "$path" in
            "") words="index train evaluate compare pretrain labels search export duplicates library info privacy audit models weights sample doctor self-test window demo -h --help --version" ;;
            " index") words="-h --help --library --labels --file-column --label-column --patient-column --case-column --detail --label-separator --path-pattern --label-tag --class-folders --no-class-folders --frames --list --model --device --watch --shard --share-patients-with --json" ;;
            " train") words="-h --help --out --labels --file-column --label-column --patient-column --case-column --detail --label-separator --leave-out --backbone --weights --frozen --views --epochs --batch --size --rate --rate-pretrained --augment --flip --no-flip --validation --test --image-wise --precision --device --method --bits --option --pretraining --seed --resume --name --title --modality --licence --estimate --json" ;;
            " evaluate") words="-h --help --labels --file-column --label-column --patient-column --case-column --detail --label-separator --path-pattern --label-tag --class-folders --no-class-folders --frames --query --query-labels --findings-only --top --seed --list --device --json" ;;
            " compare") words="-h --help --out --methods --bits --seeds --first-seed --option --variant --against --processes --again --table-only --labels --file-column --label-column --patient-column --case-column --detail --label-separator --leave-out --backbone --weights --frozen --views --epochs --batch --size --rate --rate-pretrained --augment --flip --no-flip --validation --test --image-wise --precision --device --json" ;;
            " pretrain") words="-h --help --backbone --out --weights --licence --epochs --batch --queue --size --rate --frozen --kind --trim-border --seed --precision --device --resume --json" ;;
            " labels") words="-h --help --folder --file-column --label-column --patient-column --case-column --detail --label-separator --json" ;;
            " search") words="-h --help --unlike --frame --view --box --more-of --top --within --farthest --patients --cases --where --report-text --since --before --overlay --mask --looked-at --replace --model --json" ;;
            " export") words="picture dicom teaching report -h --help" ;;
            " export picture") words="-h --help --suggest --map-of --beside --frame --view --window --out --mask --looked-at --replace --json" ;;
            " export dicom") words="-h --help --top --patients --frame --view --window --no-maps --beside --key-objects --original-uids --out --mask --looked-at --replace --json" ;;
            " export teaching") words="-h --help --top --patients --frame --view --window --diagnosis --notes --language --out --mask --looked-at --replace --json" ;;
            " export report") words="-h --help --top --patients --frame --view --window --no-pictures --mask --mask-suggested --out --looked-at --replace --json" ;;
            " duplicates") words="-h --help --within --list --json" ;;
            " library") words="merge key verify repair compact purge relink leave-out take-back left-out label shortcuts export push withdraw -h --help" ;;
            " library merge") words="-h --help --unlinked --json" ;;
            " library key") words="-h --help --to --json" ;;
            " library verify") words="-h --help --json" ;;
            " library repair") words="-h --help --root --key --unlinked --json" ;;
            " library compact") words="-h --help --json" ;;
            " library purge") words="-h --help --hidden --gone --folder --patient --dry-run --json" ;;
            " library relink") words="-h --help --force --json" ;;
            " library leave-out") words="-h --help --frame --json" ;;
            " library take-back") words="-h --help --frame --all --json" ;;
            " library left-out") words="-h --help --json" ;;
            " library label") words="-h --help --frame --as --none --from-source --json" ;;
            " library shortcuts") words="-h --help --top --sample --seed --where --json" ;;
            " library export") words="-h --help --pseudonymous --replace --json" ;;
            " library push") words="-h --help --to --index --json" ;;
            " library withdraw") words="-h --help --json" ;;
            " info") words="-h --help --json" ;;
            " privacy") words="-h --help --json" ;;
            " audit") words="verify export on off state -h --help" ;;
            " audit verify") words="-h --help --json --expect" ;;
            " audit export") words="-h --help --json" ;;
            " audit on") words="-h --help --json" ;;
            " audit off") words="-h --help --json" ;;
            " audit state") words="-h --help --json" ;;
            " models") words="-h --help --json" ;;
            " weights") words="-h --help --from --sha256 --json" ;;
            " sample") words="-h --help --json" ;;
            " doctor") words="-h --help --bundle --json" ;;
            " self-test") words="-h --help --json" ;;
            " window") words="-h --help --image --screenshot" ;;
            " demo") words="-h --help --screenshot" ;;
        esac
        [[ "$cur" == -* ]] || case "$path" in
            " index"|" train"|" evaluate"|" compare"|" pretrain"|" labels"|" search"|" export picture"|" export dicom"|" export teaching"|" export report"|" duplicates"|" library merge"|" library key"|" library verify"|" library repair"|" library compact"|" library purge"|" library relink"|" library leave-out"|" library take-back"|" library left-out"|" library label"|" library shortcuts"|" library export"|" library push"|" info"|" privacy"|" audit export"|" models"|" sample"|" window") files=yes ;;
        esac ;;
    esac
    [[ -n "$files" ]] && compopt -o filenames &&
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _medhash medhash
