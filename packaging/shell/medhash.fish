# fish completion of medhash, made by packaging/build_command_files.py; do not edit.
complete -c medhash -f
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a index -d 'bring a library up to date with a folder'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a train -d 'make a model from a folder of labelled pictures'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a evaluate -d 'measure how well a model finds the same labels'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a compare -d 'train and judge several methods under one protocol'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a pretrain -d 'learn a backbone from pictures without labels'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a labels -d 'say what a table of labels would mean'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a search -d 'find the pictures most like one picture or several'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a export -d 'write pictures for others: no names, no headers, letters masked'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a duplicates -d 'list the pictures that a library holds twice'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a library -d 'check, repair, clean up, move, merge, export, push to a server'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a info -d 'say what a library holds'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a privacy -d 'say what a library holds about patients'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a models -d 'list the models on this computer, or show one\'s card'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a sample -d 'draw two folders of synthetic pictures'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a doctor -d 'say what is missing here and how to get it'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a self-test -d 'try everything once on drawings, and say whether it works here (also --self-test)'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a window -d 'open the window (also without a command)'
complete -c medhash -n 'not __fish_seen_subcommand_from index train evaluate compare pretrain labels search export duplicates library info privacy models sample doctor self-test window demo' -a demo -d 'open the window on the synthetic samples'
complete -c medhash -s h -l help -d 'show this help message and exit'
complete -c medhash -l version -d 'show program\'s version number and exit'
complete -c medhash -n '__fish_seen_subcommand_from index' -F
complete -c medhash -n '__fish_seen_subcommand_from index' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from index' -l library -r -F
complete -c medhash -n '__fish_seen_subcommand_from index' -l labels -r -F -d 'CSV of labels, patients, cases; \'none\' to do without (default: as before; at first class folders, FOLDER/class/file)'
complete -c medhash -n '__fish_seen_subcommand_from index' -l file-column -x
complete -c medhash -n '__fish_seen_subcommand_from index' -l label-column -x -d 'may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from index' -l patient-column -x
complete -c medhash -n '__fish_seen_subcommand_from index' -l case-column -x
complete -c medhash -n '__fish_seen_subcommand_from index' -l detail -x -d 'what else is kept: report, confirmed_by, sex, age_band, view and so on'
complete -c medhash -n '__fish_seen_subcommand_from index' -l label-separator -x -d 'between several labels; \'\' for none'
complete -c medhash -n '__fish_seen_subcommand_from index' -l path-pattern -x -d 'what the folders mean, such as {patient}/{case}/*; \'none\' for nothing'
complete -c medhash -n '__fish_seen_subcommand_from index' -l label-tag -x -d 'DICOM element that holds the label; \'none\' for no such element'
complete -c medhash -n '__fish_seen_subcommand_from index' -l class-folders -l no-class-folders -d 'whether class folders give labels where nothing else does'
complete -c medhash -n '__fish_seen_subcommand_from index' -l frames -x -d 'which frames of a file with several: the middle one, all, every N-th'
complete -c medhash -n '__fish_seen_subcommand_from index' -l list -r -F -d 'write every file that gave no picture, and why, to this file'
complete -c medhash -n '__fish_seen_subcommand_from index' -l model -r -F -d 'default: the library\'s own; for a new one, the best fit'
complete -c medhash -n '__fish_seen_subcommand_from index' -l device -x -a 'auto cpu cuda mps'
complete -c medhash -n '__fish_seen_subcommand_from index' -l watch -d 'then go on with what is added or changed, until Ctrl-C'
complete -c medhash -n '__fish_seen_subcommand_from index' -l shard -x -d 'index one of N shares, as a launcher says, into a library beside LIB'
complete -c medhash -n '__fish_seen_subcommand_from index' -l share-patients-with -r -F -d 'give a new library the key of another, so that they can be merged'
complete -c medhash -n '__fish_seen_subcommand_from index' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from train' -F
complete -c medhash -n '__fish_seen_subcommand_from train' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from train' -l out -r -F -d 'folder of the run: checkpoints, events, and in the end the model'
complete -c medhash -n '__fish_seen_subcommand_from train' -l labels -r -F -d 'CSV of labels and patients (default: class folders, FOLDER/class/file)'
complete -c medhash -n '__fish_seen_subcommand_from train' -l file-column -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l label-column -x -d 'may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from train' -l patient-column -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l case-column -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l detail -x -d 'what else is kept: report, confirmed_by, sex, age_band, view and so on'
complete -c medhash -n '__fish_seen_subcommand_from train' -l label-separator -x -d 'between several labels; \'\' for none'
complete -c medhash -n '__fish_seen_subcommand_from train' -l leave-out -r -F -d 'text file that names pictures not to be used, one a line, as they lie below FOLDER'
complete -c medhash -n '__fish_seen_subcommand_from train' -l backbone -x -d 'default: the method\'s own'
complete -c medhash -n '__fish_seen_subcommand_from train' -l weights -x -d 'what the backbone starts from: a safetensors file, the folder of a model, torchvision\'s ImageNet weights, or random numbers (default)'
complete -c medhash -n '__fish_seen_subcommand_from train' -l frozen -d 'train what follows the backbone only, on features computed once'
complete -c medhash -n '__fish_seen_subcommand_from train' -l views -x -d 'let the frozen blocks see N views of each picture, once, and train the rest on those; 0 changes and computes every picture anew (default)'
complete -c medhash -n '__fish_seen_subcommand_from train' -l epochs -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l batch -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l size -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l rate -x -d 'of new layers'
complete -c medhash -n '__fish_seen_subcommand_from train' -l rate-pretrained -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l augment -x -d 'random changes that suit the pictures (default: film, never mirrored)'
complete -c medhash -n '__fish_seen_subcommand_from train' -l flip -l no-flip -d 'whether pictures are mirrored left to right, too'
complete -c medhash -n '__fish_seen_subcommand_from train' -l validation -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l test -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l image-wise -d 'divide by picture: leaks, for comparison with published figures only'
complete -c medhash -n '__fish_seen_subcommand_from train' -l precision -x -a 'float32 bfloat16 float16 auto' -d 'auto: bfloat16 where the device computes with it'
complete -c medhash -n '__fish_seen_subcommand_from train' -l device -x -a 'auto cpu cuda mps'
complete -c medhash -n '__fish_seen_subcommand_from train' -l method -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l bits -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l option -x -d 'of the method; may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from train' -l seed -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l resume -d 'go on from the newest checkpoint in DIR'
complete -c medhash -n '__fish_seen_subcommand_from train' -l name -x -d 'of the model (default: from data and method)'
complete -c medhash -n '__fish_seen_subcommand_from train' -l title -x -d 'of the model, for people'
complete -c medhash -n '__fish_seen_subcommand_from train' -l modality -x
complete -c medhash -n '__fish_seen_subcommand_from train' -l licence -x -d 'of the model\'s weights'
complete -c medhash -n '__fish_seen_subcommand_from train' -l estimate -d 'train nothing: measure a few steps and say how long a run would take'
complete -c medhash -n '__fish_seen_subcommand_from train' -l json -d 'print every event as one JSON object a line'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -F
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l labels -r -F -d 'CSV of labels, patients, cases; \'none\' to do without (default: as before; at first class folders, FOLDER/class/file)'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l file-column -x
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l label-column -x -d 'may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l patient-column -x
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l case-column -x
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l detail -x -d 'what else is kept: report, confirmed_by, sex, age_band, view and so on'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l label-separator -x -d 'between several labels; \'\' for none'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l path-pattern -x -d 'what the folders mean, such as {patient}/{case}/*; \'none\' for nothing'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l label-tag -x -d 'DICOM element that holds the label; \'none\' for no such element'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l class-folders -l no-class-folders -d 'whether class folders give labels where nothing else does'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l frames -x -d 'which frames of a file with several: the middle one, all, every N-th'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l query -r -F -d 'a folder whose pictures ask, or a table that names those of FOLDER that do (default: all ask, each without its own patient)'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l query-labels -r -F -d 'labels of the folder of queries (default: those of --labels)'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l findings-only -x -d 'a second table without this label, asked by pictures with another one (\'none\' for no such table; default: \'No Finding\', where it is a label)'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l top -x -d 'length of the list (default: 10)'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l seed -x -d 'of the bootstrap intervals (default: 0)'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l list -r -F -d 'write the table as CSV, or as Markdown where FILE ends in .md'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l device -x -a 'auto cpu cuda mps'
complete -c medhash -n '__fish_seen_subcommand_from evaluate' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from compare' -F
complete -c medhash -n '__fish_seen_subcommand_from compare' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l out -r -F -d 'folder of the comparison: plan, splits, cells, and the tables; the same command goes on where it was stopped'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l methods -x -d 'methods that are compared (default: all)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l bits -x -d 'lengths of the code (default: 32,64)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l seeds -x -d 'each method is trained on so many splits (default: 3, seeds 1 to 3)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l first-seed -x -d 'the first of them (default: 1)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l option -x -d 'of one method; may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l variant -x -d 'one more row: a method with other options'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l against -x -d 'the row that all others are compared with, query by query'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l processes -x -d 'cells that are trained at a time, on one core each (default: 1, on all)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l again -d 'try the cells that failed once more'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l table-only -d 'write the tables of what is there, and train nothing'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l labels -r -F -d 'CSV of labels and patients (default: class folders, FOLDER/class/file)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l file-column -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l label-column -x -d 'may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l patient-column -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l case-column -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l detail -x -d 'what else is kept: report, confirmed_by, sex, age_band, view and so on'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l label-separator -x -d 'between several labels; \'\' for none'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l leave-out -r -F -d 'text file that names pictures not to be used, one a line, as they lie below FOLDER'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l backbone -x -d 'default: the method\'s own'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l weights -x -d 'what the backbone starts from: a safetensors file, the folder of a model, torchvision\'s ImageNet weights, or random numbers (default)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l frozen -d 'train what follows the backbone only, on features computed once'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l views -x -d 'let the frozen blocks see N views of each picture, once, and train the rest on those; 0 changes and computes every picture anew (default)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l epochs -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l batch -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l size -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l rate -x -d 'of new layers'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l rate-pretrained -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l augment -x -d 'random changes that suit the pictures (default: film, never mirrored)'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l flip -l no-flip -d 'whether pictures are mirrored left to right, too'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l validation -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l test -x
complete -c medhash -n '__fish_seen_subcommand_from compare' -l image-wise -d 'divide by picture: leaks, for comparison with published figures only'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l precision -x -a 'float32 bfloat16 float16 auto' -d 'auto: bfloat16 where the device computes with it'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l device -x -a 'auto cpu cuda mps'
complete -c medhash -n '__fish_seen_subcommand_from compare' -l json -d 'print every event as one JSON object a line'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -F
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l backbone -x
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l out -r -F -d 'the backbone\'s weights; beside it, until the end, the unfinished run'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l weights -x -d 'what to start from (default: none, random numbers)'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l licence -x -d 'of the starting weights, to be kept with the result'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l epochs -x
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l batch -x
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l queue -x -d 'pictures that each one is told from (default: half, at most 16384)'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l size -x
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l rate -x -d 'peak learning rate of the backbone'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l frozen -x -d 'how many of its first blocks keep their numbers'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l kind -x -a 'film fundus' -d 'of pictures: films are never mirrored, fundus photographs may be'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l trim-border -d 'cut the black surround of fundus photographs'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l seed -x
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l precision -x -a 'float32 bfloat16'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l device -x -a 'auto cpu cuda mps'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l resume -d 'go on after the last whole epoch'
complete -c medhash -n '__fish_seen_subcommand_from pretrain' -l json -d 'print every event as one JSON object a line'
complete -c medhash -n '__fish_seen_subcommand_from labels' -F
complete -c medhash -n '__fish_seen_subcommand_from labels' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from labels' -l folder -r -F -d 'also say which of its files have a row'
complete -c medhash -n '__fish_seen_subcommand_from labels' -l file-column -x
complete -c medhash -n '__fish_seen_subcommand_from labels' -l label-column -x -d 'may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from labels' -l patient-column -x
complete -c medhash -n '__fish_seen_subcommand_from labels' -l case-column -x
complete -c medhash -n '__fish_seen_subcommand_from labels' -l detail -x -d 'what else is kept: report, confirmed_by, sex, age_band, view and so on'
complete -c medhash -n '__fish_seen_subcommand_from labels' -l label-separator -x -d 'between several labels; \'\' for none'
complete -c medhash -n '__fish_seen_subcommand_from labels' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from search' -F
complete -c medhash -n '__fish_seen_subcommand_from search' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from search' -l unlike -r -F -d 'what the hits shall not be like; may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from search' -l frame -x -d 'of an image with several (default: the middle one; of pages the first)'
complete -c medhash -n '__fish_seen_subcommand_from search' -l view -x -d 'window or table of a DICOM image with several (default: the first)'
complete -c medhash -n '__fish_seen_subcommand_from search' -l box -x -d 'ask about this region of the image, in its pixels, not about all of it'
complete -c medhash -n '__fish_seen_subcommand_from search' -l top -x
complete -c medhash -n '__fish_seen_subcommand_from search' -l within -x -d 'only pictures whose code differs in so many bits at most'
complete -c medhash -n '__fish_seen_subcommand_from search' -l patients -x -a 'exclude include group' -d 'the query\'s own patient: left out, in, or one picture a patient'
complete -c medhash -n '__fish_seen_subcommand_from search' -l cases -x -a 'all group' -d 'all pictures of a case (default), or its nearest one only'
complete -c medhash -n '__fish_seen_subcommand_from search' -l where -x -d 'only pictures with this label=NAME, folder=NAME, modality=, view=, sex=, age_band= and so on; several of one key: any of them'
complete -c medhash -n '__fish_seen_subcommand_from search' -l report-text -x -d 'only pictures whose report has all these words'
complete -c medhash -n '__fish_seen_subcommand_from search' -l since -x -d 'only pictures whose file was changed on this day or later'
complete -c medhash -n '__fish_seen_subcommand_from search' -l before -x -d 'only pictures whose file was changed before this day'
complete -c medhash -n '__fish_seen_subcommand_from search' -l overlay -r -F -d 'write the query and each hit with its saliency map'
complete -c medhash -n '__fish_seen_subcommand_from search' -l model -r -F -d 'default: the library\'s own'
complete -c medhash -n '__fish_seen_subcommand_from search' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from export; and not __fish_seen_subcommand_from picture dicom teaching report' -a picture -d 'write pictures as PNG, without anything of their files'
complete -c medhash -n '__fish_seen_subcommand_from export; and not __fish_seen_subcommand_from picture dicom teaching report' -a dicom -d 'write the hits of a query as DICOM: captures, and key objects'
complete -c medhash -n '__fish_seen_subcommand_from export; and not __fish_seen_subcommand_from picture dicom teaching report' -a teaching -d 'write the hits of a query as a page for teaching, labels hidden'
complete -c medhash -n '__fish_seen_subcommand_from export; and not __fish_seen_subcommand_from picture dicom teaching report' -a report -d 'write a report of a query: HTML, CSV or JSON by the ending of FILE'
complete -c medhash -n '__fish_seen_subcommand_from export' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l suggest -d 'write nothing; say where letters may stand (a help, never complete)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l map-of -r -F -d 'model whose map is laid over (default: no map)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l beside -d 'all side by side, in one picture'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l frame -x -d 'of an image with several (default: the middle one; of pages the first)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l view -x -d 'window or table of a DICOM image with several (default: the first)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l window -x -d 'which greys are spread, in percent of the picture\'s range: 50,100 is all'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l out -r -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l mask -x -d 'cover a box of the picture; ID: its number, where there are several pictures (default: of all of them); may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l looked-at -d 'I have looked at every picture: nothing in it names anybody'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l replace -d 'write over files that are there'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from picture' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l top -x -d 'how many of the nearest hits (default: 8)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l patients -x -a 'exclude include group' -d 'the query\'s own patient: left out, in, or one picture a patient'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l frame -x -d 'of an image with several (default: the middle one; of pages the first)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l no-maps -d 'no maps over the pictures'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l beside -d 'query and hits side by side, in one capture'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l key-objects -d 'with a Key Object Selection of the captures'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l original-uids -d 'the Key Object Selection is of the source objects, by their own UIDs, to go back to the archive that has them; they can name a patient'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l out -r -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l mask -x -d 'cover a box of the picture; ID: its number, where there are several pictures (default: of all of them); may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l looked-at -d 'I have looked at every picture: nothing in it names anybody'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l replace -d 'write over files that are there'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from dicom' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l top -x -d 'how many of the nearest hits (default: 8)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l patients -x -a 'exclude include group' -d 'the query\'s own patient: left out, in, or one picture a patient'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l frame -x -d 'of an image with several (default: the middle one; of pages the first)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l diagnosis -x -d 'of the query (default: its labels in the library)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l notes -r -F -d 'a text file that is shown with the query'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l language -x -a 'en zh_CN'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l out -r -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l mask -x -d 'cover a box of the picture; ID: its number, where there are several pictures (default: of all of them); may be given several times'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l looked-at -d 'I have looked at every picture: nothing in it names anybody'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l replace -d 'write over files that are there'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from teaching' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l top -x -d 'how many of the nearest hits (default: 8)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l patients -x -a 'exclude include group' -d 'the query\'s own patient: left out, in, or one picture a patient'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l frame -x -d 'of an image with several (default: the middle one; of pages the first)'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l no-pictures -d 'without pictures and maps'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l out -r -F
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l looked-at -d 'I have looked at every picture: nothing in it names anybody'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l replace -d 'write over files that are there'
complete -c medhash -n '__fish_seen_subcommand_from export; and __fish_seen_subcommand_from report' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from duplicates' -F
complete -c medhash -n '__fish_seen_subcommand_from duplicates' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from duplicates' -l within -x -d 'how many bits the codes of near duplicates may differ in (default: 0)'
complete -c medhash -n '__fish_seen_subcommand_from duplicates' -l list -r -F -d 'write every picture of every group to this file'
complete -c medhash -n '__fish_seen_subcommand_from duplicates' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a merge -d 'add the pictures of SOURCE to TARGET; no code is made again'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a key -d 'write the secret key of LIB into a file, for libraries to be merged'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a verify -d 'read all of LIB and say what is damaged (exit code 1)'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a repair -d 'save what can be read; damaged files are kept aside'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a compact -d 'write LIB anew without what is superseded'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a purge -d 'remove rows for good, with all that is kept of them'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a relink -d 'say that the folder of the pictures lies elsewhere now'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a export -d 'write path, frame, code, labels, patient, hidden'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a push -d 'put LIB on a Milvus server, to be searched there'
complete -c medhash -n '__fish_seen_subcommand_from library; and not __fish_seen_subcommand_from merge key verify repair compact purge relink export push withdraw' -a withdraw -d 'take a library off a Milvus server; the one in its folder stays'
complete -c medhash -n '__fish_seen_subcommand_from library' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from merge' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from merge' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from merge' -l unlinked -d 'their keys differ: accept that patients stay apart'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from merge' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from key' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from key' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from key' -l to -r -F -d 'new'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from key' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from verify' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from verify' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from verify' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from repair' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from repair' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from repair' -l root -r -F -d 'where the pictures are, if the manifest and its copy are lost'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from repair' -l key -r -F -d 'the key, if they are lost: from "medhash library key", or a library that shares it'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from repair' -l unlinked -d 'the key is lost: accept that new pictures of a patient stay apart'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from repair' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from compact' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from compact' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from compact' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -l hidden -d 'all hidden rows'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -l gone -d 'hidden rows whose file is not in the folder of the pictures any more'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -l folder -x -d 'all rows of pictures in this folder, hidden or not'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -l patient -x -d 'all rows of this patient (P-...), hidden or not'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -l dry-run -d 'only say how many rows that would be'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from purge' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from relink' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from relink' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from relink' -l force -d 'even where the pictures are not found there'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from relink' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from export' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from export' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from export' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from push' -F
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from push' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from push' -l to -x -d 'milvus://HOST:PORT/NAME; what LIB was there before is replaced'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from push' -l index -x -a 'BIN_FLAT BIN_IVF_FLAT' -d 'exact (default), or faster and approximate: its recall is printed'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from push' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from withdraw' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from library; and __fish_seen_subcommand_from withdraw' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from info' -F
complete -c medhash -n '__fish_seen_subcommand_from info' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from info' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from privacy' -F
complete -c medhash -n '__fish_seen_subcommand_from privacy' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from privacy' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from models' -F
complete -c medhash -n '__fish_seen_subcommand_from models' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from models' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from sample' -F
complete -c medhash -n '__fish_seen_subcommand_from sample' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from sample' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from doctor' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from doctor' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from self-test' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from self-test' -l json -d 'print one JSON object on the last line'
complete -c medhash -n '__fish_seen_subcommand_from window' -F
complete -c medhash -n '__fish_seen_subcommand_from window' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from window' -l image -r -F -d 'ask about this one'
complete -c medhash -n '__fish_seen_subcommand_from window' -l screenshot -r -F -d 'draw the window into this picture, then end'
complete -c medhash -n '__fish_seen_subcommand_from demo' -s h -l help -d 'show this help message and exit'
complete -c medhash -n '__fish_seen_subcommand_from demo' -l screenshot -r -F -d 'draw the window into this picture, then end'
