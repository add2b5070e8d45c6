<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>AdviceWords</name>
  <message>
   <source>Each step works on a batch of pictures at once, and all of them must fit into memory together.</source>
   <translation>每一步同时处理一批图像，它们必须一起放入内存。</translation>
  </message>
  <message>
   <source>Go on: nothing before the last checkpoint is lost. If it happens again, start anew with fewer pictures a step.</source>
   <translation>请继续：最后一个检查点之前的内容没有丢失。若再次发生，请减少每步图像数后重新开始。</translation>
  </message>
  <message>
   <source>Start anew with less.</source>
   <translation>请减少后重新开始。</translation>
  </message>
  <message>
   <source>Start anew with smaller steps.</source>
   <translation>请用更小的步长重新开始。</translation>
  </message>
  <message>
   <source>The steps were too large: instead of settling, the network ran away. What it learned before is kept, but going on would end the same way.</source>
   <translation>步长太大：网络没有稳定下来，而是发散了。此前学到的内容已保留，但继续下去结果相同。</translation>
  </message>
  <message>
   <source>The training process ended without a word. The computer was switched off, the process was ended from outside, or memory ran out.</source>
   <translation>训练进程没有留下任何信息就结束了：计算机被关闭、进程被外部结束，或内存不足。</translation>
  </message>
  <message>
   <source>pictures of {now} pixels instead of {before}</source>
   <translation>图像 {now} 像素，而不是 {before} 像素</translation>
  </message>
  <message>
   <source>steps a quarter as large (learning rate {rate:g})</source>
   <translation>步长为四分之一（学习率 {rate:g}）</translation>
  </message>
  <message>
   <source>{now} pictures a step instead of {before}</source>
   <translation>每步 {now} 幅图像，而不是 {before} 幅</translation>
  </message>
 </context>
 <context>
  <name>Arrivals</name>
  <message>
   <source>Drop one folder or one image at a time.</source>
   <translation>一次请只拖入一个文件夹或一幅图像。</translation>
  </message>
  <message>
   <source>Drop the folder of the pictures first, then the table.</source>
   <translation>请先拖入图像文件夹，再拖入表格。</translation>
  </message>
  <message>
   <source>{count} things were dropped; {names} was taken.</source>
   <translation>拖入了 {count} 项；已采用 {names}。</translation>
  </message>
  <message>
   <source>{name} is a table; no library is open yet that it is about.</source>
   <translation>{name} 是表格；还没有打开它所描述的图库。</translation>
  </message>
 </context>
 <context>
  <name>BitStrip</name>
  <message>
   <source>Bit {bit}: both agree. </source>
   <translation>第 {bit} 位：两者一致。</translation>
  </message>
  <message>
   <source>Bit {bit}: they differ. </source>
   <translation>第 {bit} 位：两者不同。</translation>
  </message>
  <message>
   <source>Bits of both codes</source>
   <translation>两个编码的各个位</translation>
  </message>
  <message>
   <source>Close to turning. </source>
   <translation>接近翻转。</translation>
  </message>
  <message>
   <source>Margin {query:+.2f} and {hit:+.2f}, adds {part:+.1f} %.</source>
   <translation>余量 {query:+.2f} 和 {hit:+.2f}，贡献 {part:+.1f} %。</translation>
  </message>
 </context>
 <context>
  <name>BugDialog</name>
  <message>
   <source>A mistake in MedHash</source>
   <translation>MedHash 出现错误</translation>
  </message>
  <message>
   <source>Copy report</source>
   <translation>复制报告</translation>
  </message>
  <message>
   <source>MedHash met a mistake of its own. Your library and your pictures are as they were; you can go on working.</source>
   <translation>MedHash 自身出现了错误。您的图库和图像没有变化，可以继续工作。</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>报告</translation>
  </message>
  <message>
   <source>The report below names the place in the program. It holds no picture, no path and no patient data. Please send it along.</source>
   <translation>下面的报告指出程序中出错的位置，不含图像、路径和患者数据。请将它发送给我们。</translation>
  </message>
 </context>
 <context>
  <name>CheckPage</name>
  <message>
   <source>A look at the data</source>
   <translation>查看数据</translation>
  </message>
  <message>
   <source>Balance</source>
   <translation>均衡</translation>
  </message>
  <message>
   <source>Every picture was opened once. What would spoil a model is said here, before hours are spent on it.</source>
   <translation>每幅图像都已打开一次。会损害模型的问题在此说明，以免白费数小时。</translation>
  </message>
  <message>
   <source>Good to know</source>
   <translation>值得了解</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Labels and some of their pictures</source>
   <translation>标签及其部分图像</translation>
  </message>
  <message>
   <source>Leave out {count:,}</source>
   <translation>排除 {count:,} 个</translation>
  </message>
  <message>
   <source>Must be settled</source>
   <translation>必须解决</translation>
  </message>
  <message>
   <source>Nothing was found that would spoil a model.</source>
   <translation>没有发现会损害模型的问题。</translation>
  </message>
  <message>
   <source>Opening every picture…</source>
   <translation>正在打开每幅图像…</translation>
  </message>
  <message>
   <source>Patients</source>
   <translation>患者</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Pictures of the chosen label</source>
   <translation>所选标签的图像</translation>
  </message>
  <message>
   <source>Progress of the check</source>
   <translation>检查的进度</translation>
  </message>
  <message>
   <source>Should be known</source>
   <translation>应当知道</translation>
  </message>
  <message>
   <source>The pictures are being opened.</source>
   <translation>正在打开图像。</translation>
  </message>
  <message>
   <source>patients not known</source>
   <translation>患者未知</translation>
  </message>
  <message>
   <source>{count:,} files are left out.</source>
   <translation>排除了 {count:,} 个文件。</translation>
  </message>
  <message>
   <source>{count:,} patients</source>
   <translation>{count:,} 位患者</translation>
  </message>
  <message>
   <source>{done:,} of {total:,} pictures opened</source>
   <translation>已打开 {total:,} 幅图像中的 {done:,} 幅</translation>
  </message>
  <message>
   <source>{total:,} pictures, {labels} labels, {patients}.</source>
   <translation>{total:,} 幅图像，{labels} 个标签，{patients}。</translation>
  </message>
 </context>
 <context>
  <name>ChoosePage</name>
  <message>
   <source>A &amp;table says what each picture shows</source>
   <translation>由表格说明每幅图像的内容(&amp;T)</translation>
  </message>
  <message>
   <source>A model learns from pictures whose labels are known. Nothing is written into their folder, and nothing leaves this computer.</source>
   <translation>模型从标签已知的图像中学习。不会向其文件夹写入任何内容，也没有任何内容离开这台计算机。</translation>
  </message>
  <message>
   <source>A model needs two labels at least to tell apart. Sort the pictures into a folder for each class, or choose a table.</source>
   <translation>模型至少需要两个标签才能区分。请将图像按类别分入文件夹，或选择表格。</translation>
  </message>
  <message>
   <source>Choose a &amp;folder…</source>
   <translation>选择文件夹(&amp;F)…</translation>
  </message>
  <message>
   <source>Choose a table of labels</source>
   <translation>选择标签表格</translation>
  </message>
  <message>
   <source>Choose the folder of the pictures</source>
   <translation>选择图像文件夹</translation>
  </message>
  <message>
   <source>Choose the folder that holds the pictures.</source>
   <translation>选择存放图像的文件夹。</translation>
  </message>
  <message>
   <source>Each &amp;class lies in a folder of its own</source>
   <translation>每个类别一个文件夹(&amp;C)</translation>
  </message>
  <message>
   <source>No row of the table names a picture of this folder. Choose the folder that belongs to it, or another column for the file.</source>
   <translation>表格中没有任何一行对应此文件夹中的图像。请选择与表格相符的文件夹，或为文件选择另一列。</translation>
  </message>
  <message>
   <source>Pictures and labels</source>
   <translation>图像与标签</translation>
  </message>
  <message>
   <source>Tables (*.csv *.tsv *.txt);;All files (*)</source>
   <translation>表格 (*.csv *.tsv *.txt);;所有文件 (*)</translation>
  </message>
  <message>
   <source>The folder cannot be looked at. Choose another one.</source>
   <translation>无法查看此文件夹。请选择另一个。</translation>
  </message>
  <message>
   <source>The folder is being looked at.</source>
   <translation>正在查看文件夹。</translation>
  </message>
  <message>
   <source>There is no picture in this folder. Choose another one.</source>
   <translation>此文件夹中没有图像。请选择另一个。</translation>
  </message>
  <message>
   <source>Where labels come from</source>
   <translation>标签的来源</translation>
  </message>
 </context>
 <context>
  <name>ColumnTable</name>
  <message>
   <source>Age, kept as a ten-year band</source>
   <translation>年龄（按十岁分段保存）</translation>
  </message>
  <message>
   <source>Body part</source>
   <translation>检查部位</translation>
  </message>
  <message>
   <source>Case or study</source>
   <translation>病例或检查</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>列</translation>
  </message>
  <message>
   <source>Columns of the table</source>
   <translation>表格的列</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>File</source>
   <translation>文件</translation>
  </message>
  <message>
   <source>For example</source>
   <translation>示例</translation>
  </message>
  <message>
   <source>How it was confirmed</source>
   <translation>确认方式</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Maker of the device</source>
   <translation>设备厂商</translation>
  </message>
  <message>
   <source>Modality</source>
   <translation>模态</translation>
  </message>
  <message>
   <source>Not used</source>
   <translation>不使用</translation>
  </message>
  <message>
   <source>Patient</source>
   <translation>患者</translation>
  </message>
  <message>
   <source>Report text</source>
   <translation>报告文本</translation>
  </message>
  <message>
   <source>Sex</source>
   <translation>性别</translation>
  </message>
  <message>
   <source>Side</source>
   <translation>侧别</translation>
  </message>
  <message>
   <source>Taken for</source>
   <translation>作为</translation>
  </message>
  <message>
   <source>View</source>
   <translation>体位</translation>
  </message>
  <message>
   <source>What the column {name} is taken for</source>
   <translation>列 {name} 的用途</translation>
  </message>
 </context>
 <context>
  <name>CompareDesk</name>
  <message>
   <source>1 hit</source>
   <translation>1 个结果</translation>
  </message>
  <message>
   <source>Blend</source>
   <translation>混合</translation>
  </message>
  <message>
   <source>Compare desk – MedHash</source>
   <translation>比较台 – MedHash</translation>
  </message>
  <message>
   <source>Difference</source>
   <translation>差异</translation>
  </message>
  <message>
   <source>Flicker</source>
   <translation>闪烁</translation>
  </message>
  <message>
   <source>Hit</source>
   <translation>结果</translation>
  </message>
  <message>
   <source>Hit {rank}: {distance:.3g} of {bits} bits differ</source>
   <translation>结果 {rank}：{bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>Hit {rank}: {distance:.3g} of {bits} bits from the moved query</source>
   <translation>结果 {rank}：与移动后的查询在 {bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>How many hits lie beside the query</source>
   <translation>查询旁边放多少个结果</translation>
  </message>
  <message>
   <source>How query and hit are compared</source>
   <translation>查询与结果的比较方式</translation>
  </message>
  <message>
   <source>Picture of a hit</source>
   <translation>结果图像</translation>
  </message>
  <message>
   <source>Place of the split, or blend</source>
   <translation>分割位置或混合程度</translation>
  </message>
  <message>
   <source>Query</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>Query and hit in one place</source>
   <translation>查询与结果叠放</translation>
  </message>
  <message>
   <source>Query and hit lie over each other here.</source>
   <translation>查询与结果在此处叠放。</translation>
  </message>
  <message>
   <source>Query picture</source>
   <translation>查询图像</translation>
  </message>
  <message>
   <source>Side by side</source>
   <translation>并排</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>分割</translation>
  </message>
  <message>
   <source>The query's own file</source>
   <translation>查询文件本身</translation>
  </message>
  <message>
   <source>{count} hits</source>
   <translation>{count} 个结果</translation>
  </message>
  <message>
   <source>{heading}  ·  looks on its own</source>
   <translation>{heading}  ·  单独查看</translation>
  </message>
 </context>
 <context>
  <name>ConfusionGrid</name>
  <message>
   <source>Labels that are found, by label that asks</source>
   <translation>按查询标签统计所找到的标签</translation>
  </message>
  <message>
   <source>Of the ten pictures that {asks} finds, this share is {found}; by chance it would be {chance:.2f}. Click for the pictures.</source>
   <translation>{asks} 找到的十幅图像中，{found} 占此比例；随机为 {chance:.2f}。点击查看图像。</translation>
  </message>
  <message>
   <source>{name} ({count})</source>
   <translation>{name}（{count}）</translation>
  </message>
 </context>
 <context>
  <name>Cover</name>
  <message>
   <source>Go on to the hits</source>
   <translation>继续查看结果</translation>
  </message>
  <message>
   <source>Show the hits</source>
   <translation>显示结果</translation>
  </message>
  <message>
   <source>Show the nearest pictures anyway</source>
   <translation>仍然显示最接近的图像</translation>
  </message>
  <message>
   <source>The model was not trained on pictures like the query. There is always a nearest picture; here it may mean nothing.</source>
   <translation>模型没有用与查询类似的图像训练过。最接近的图像总会存在，但在这里可能毫无意义。</translation>
  </message>
  <message>
   <source>There are not enough similar cases.</source>
   <translation>相似病例不足。</translation>
  </message>
  <message>
   <source>This is unlike anything this model knows.</source>
   <translation>这幅图像与该模型所知的一切都不相像。</translation>
  </message>
  <message>
   <source>What is your own impression?</source>
   <translation>您自己的印象是什么？</translation>
  </message>
  <message>
   <source>Write it down before you see any hit. It stays on this computer.</source>
   <translation>请在看到任何结果之前写下来。内容只保存在这台计算机上。</translation>
  </message>
  <message>
   <source>Your own impression</source>
   <translation>您自己的印象</translation>
  </message>
 </context>
 <context>
  <name>Curator</name>
  <message>
   <source>Its file, its code and its labels stay as they are.</source>
   <translation>其文件、编码和标签都保持不变。</translation>
  </message>
  <message>
   <source>The library is being brought up to date.</source>
   <translation>正在更新该库。</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
  <message>
   <source>Wait for the end of that, or cancel it first.</source>
   <translation>请等待其结束，或先取消。</translation>
  </message>
  <message>
   <source>{name} has the labels of its source.</source>
   <translation>{name} 现采用其来源的标签。</translation>
  </message>
  <message>
   <source>{name} is left out of searches from now on.</source>
   <translation>{name} 从现在起不再参与搜索。</translation>
  </message>
 </context>
 <context>
  <name>Dialogs</name>
  <message>
   <source>About MedHash</source>
   <translation>关于 MedHash</translation>
  </message>
  <message>
   <source>MedHash {version}

Finds the pictures of a library that are most like a query, by the bits of a learned code, and shows where the network looked.

Research and education only. Not for diagnosis.</source>
   <translation>MedHash {version}

用学习得到的编码的各个位，在图库中查找与查询最相像的图像，并显示网络关注的位置。

仅供研究和教学。不用于诊断。</translation>
  </message>
  <message>
   <source>The next start will write at {percent} %.</source>
   <translation>下次启动时文字大小将为 {percent} %。</translation>
  </message>
 </context>
 <context>
  <name>DistanceChart</name>
  <message>
   <source>0 bits: same code</source>
   <translation>0 位：编码相同</translation>
  </message>
  <message>
   <source>Distances of the whole library</source>
   <translation>整个图库的距离</translation>
  </message>
  <message>
   <source>{bits} bits</source>
   <translation>{bits} 位</translation>
  </message>
 </context>
 <context>
  <name>EvidencePanel</name>
  <message>
   <source> – more than in the library; may be why they are near</source>
   <translation> – 高于图库比例；可能正是它们接近的原因</translation>
  </message>
  <message>
   <source> – more than of those; may be why they are near</source>
   <translation> – 高于其中的比例；可能正是它们接近的原因</translation>
  </message>
  <message>
   <source>Age</source>
   <translation>年龄</translation>
  </message>
  <message>
   <source>Contrast case</source>
   <translation>对照病例</translation>
  </message>
  <message>
   <source>Counts of cases, a patient once; the tick is all that pass the filters. They are no statement about the query.</source>
   <translation>按病例计数，每位患者只计一次；刻度表示通过筛选的全部图像。这些数字不是对查询图像的判断。</translation>
  </message>
  <message>
   <source>Counts of cases, a patient once; the tick is the whole library. They are no statement about the query.</source>
   <translation>按病例计数，每位患者只计一次；刻度表示整个图库。这些数字不是对查询图像的判断。</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Evidence</source>
   <translation>依据</translation>
  </message>
  <message>
   <source>How near</source>
   <translation>有多接近</translation>
  </message>
  <message>
   <source>Labels of the nearest cases</source>
   <translation>最近病例的标签</translation>
  </message>
  <message>
   <source>Maker</source>
   <translation>厂商</translation>
  </message>
  <message>
   <source>Modality</source>
   <translation>模态</translation>
  </message>
  <message>
   <source>Nearest cases that are counted</source>
   <translation>计入的最近病例数</translation>
  </message>
  <message>
   <source>No case bears a label that the nearest one does not.</source>
   <translation>没有病例带有最近病例所没有的标签。</translation>
  </message>
  <message>
   <source>No held-out pair was counted at this distance.</source>
   <translation>留出数据中没有这一距离的图像对。</translation>
  </message>
  <message>
   <source>Of held-out pairs this close, {share:.0%} shared a finding ({low:.0%} to {high:.0%}; chance {chance:.0%}).</source>
   <translation>在留出数据中，如此接近的图像对有 {share:.0%} 具有相同所见（{low:.0%} 至 {high:.0%}；随机为 {chance:.0%}）。</translation>
  </message>
  <message>
   <source>Sex</source>
   <translation>性别</translation>
  </message>
  <message>
   <source>Show the contrast case</source>
   <translation>显示对照病例</translation>
  </message>
  <message>
   <source>Such counts on held-out patients</source>
   <translation>这样的计数在留出患者上的表现</translation>
  </message>
  <message>
   <source>The hits differ in {low:g} to {high:g} bits; half of the {count:,} pictures compared differ in {median} or fewer.</source>
   <translation>结果相差 {low:g} 至 {high:g} 位；所比较的 {count:,} 幅图像中有一半相差不超过 {median} 位。</translation>
  </message>
  <message>
   <source>The library keeps nothing else that could be compared.</source>
   <translation>图库中没有其他可供比较的信息。</translation>
  </message>
  <message>
   <source>The nearest case with another label bears {labels}; it differs in {distance:g} bits.</source>
   <translation>标签不同的最近病例为 {labels}，相差 {distance:g} 位。</translation>
  </message>
  <message>
   <source>The query was moved towards more of {label}, and distances are to the moved code. What distances and nearest cases tell was measured on pictures as they are, so it is not told here.</source>
   <translation>查询已朝“{label}”更多的方向移动，距离均指到移动后编码的距离。距离和最近病例所能说明的，是对原样图像测得的，因此这里不显示。</translation>
  </message>
  <message>
   <source>View</source>
   <translation>体位</translation>
  </message>
  <message>
   <source>What a distance means was measured between two whole pictures, not of a region, marks or more pictures.</source>
   <translation>距离的含义是在两幅完整图像之间测得的，不适用于区域、标记或更多图像。</translation>
  </message>
  <message>
   <source>What a distance means was not measured for this model: a small one is no proof of anything.</source>
   <translation>该模型没有测量过距离的含义：距离小并不能证明什么。</translation>
  </message>
  <message>
   <source>What else they have in common</source>
   <translation>它们的其他共同点</translation>
  </message>
  <message>
   <source>What stands behind the hits is told once they are shown.</source>
   <translation>显示结果之后，才说明结果背后的依据。</translation>
  </message>
  <message>
   <source>{count:,} more pictures are as near as the last of them.</source>
   <translation>另有 {count:,} 幅图像与其中最后一个同样接近。</translation>
  </message>
  <message>
   <source>{count} of the nearest cases bear no label.</source>
   <translation>最近病例中有 {count} 个没有标签。</translation>
  </message>
  <message>
   <source>{count} rarer labels are not shown.</source>
   <translation>另有 {count} 个较少见的标签未显示。</translation>
  </message>
  <message>
   <source>{what} {value}: {count} of {of}, in the library {base:.0%}</source>
   <translation>{what} {value}：{count} / {of}，图库中为 {base:.0%}</translation>
  </message>
  <message>
   <source>{what} {value}: {count} of {of}, of all that pass the filters {base:.0%}</source>
   <translation>{what} {value}：{count} / {of}，通过筛选的图像中为 {base:.0%}</translation>
  </message>
 </context>
 <context>
  <name>ExpertFields</name>
  <message>
   <source>Backbone</source>
   <translation>主干网络</translation>
  </message>
  <message>
   <source>Bits</source>
   <translation>位</translation>
  </message>
  <message>
   <source>C2L pre-training, epochs</source>
   <translation>C2L 预训练（轮数）</translation>
  </message>
  <message>
   <source>C2L pre-training: the backbone first learns to tell the pictures of the training part apart, without their labels. Of more pictures, which need no labels, medhash pretrain makes a file to start from.</source>
   <translation>C2L 预训练：主干网络先在不使用标签的情况下，学会区分训练部分的图像。若有更多无需标签的图像，可用 medhash pretrain 生成起始权重文件。</translation>
  </message>
  <message>
   <source>Epochs</source>
   <translation>轮数</translation>
  </message>
  <message>
   <source>Frozen backbone</source>
   <translation>冻结的主干网络</translation>
  </message>
  <message>
   <source>Learning rate</source>
   <translation>学习率</translation>
  </message>
  <message>
   <source>Method</source>
   <translation>方法</translation>
  </message>
  <message>
   <source>Options and loss terms</source>
   <translation>选项与损失项</translation>
  </message>
  <message>
   <source>Pictures a step</source>
   <translation>每步图像数</translation>
  </message>
  <message>
   <source>Random changes</source>
   <translation>随机变化</translation>
  </message>
  <message>
   <source>Size in pixels</source>
   <translation>尺寸（像素）</translation>
  </message>
  <message>
   <source>The backbone keeps its numbers</source>
   <translation>主干网络的数值保持不变</translation>
  </message>
  <message>
   <source>Views, computed once</source>
   <translation>视图，只计算一次</translation>
  </message>
  <message>
   <source>none</source>
   <translation>无</translation>
  </message>
  <message>
   <source>of the method</source>
   <translation>由方法决定</translation>
  </message>
  <message>
   <source>… of the backbone</source>
   <translation>… 主干网络</translation>
  </message>
 </context>
 <context>
  <name>ExportDialog</name>
  <message>
   <source>A ticked picture is not there yet, or cannot be read.</source>
   <translation>有勾选的图像尚未打开，或无法读取。</translation>
  </message>
  <message>
   <source>Drawn anew, without the file's name and header; what made them is told along with them. For research and education only.</source>
   <translation>图像重新绘制，不含文件名和文件头；制作信息随图像一并给出。仅供研究和教学。</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>导出</translation>
  </message>
  <message>
   <source>Export pictures</source>
   <translation>导出图像</translation>
  </message>
  <message>
   <source>Hit {rank}: {distance:.3g} bits</source>
   <translation>结果 {rank}：{distance:.3g} 位</translation>
  </message>
  <message>
   <source>Hit {rank}: {distance:.3g} bits from the moved query</source>
   <translation>结果 {rank}：距移动后的查询 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>I have looked: nothing in the ticked pictures names anybody</source>
   <translation>我已查看：勾选的图像中没有任何可识别个人的内容</translation>
  </message>
  <message>
   <source>Look at every ticked picture, mask what names somebody, and tick that you have.</source>
   <translation>请查看每幅勾选的图像，遮盖可识别个人的内容，然后勾选确认。</translation>
  </message>
  <message>
   <source>No picture is ticked.</source>
   <translation>没有勾选图像。</translation>
  </message>
  <message>
   <source>Pictures to be exported</source>
   <translation>要导出的图像</translation>
  </message>
  <message>
   <source>Query</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>The picture as it will be exported</source>
   <translation>将要导出的图像</translation>
  </message>
  <message>
   <source>The picture is opened…</source>
   <translation>正在打开图像…</translation>
  </message>
 </context>
 <context>
  <name>ExportOptions</name>
  <message>
   <source>Choose the folder of the export</source>
   <translation>选择导出文件夹</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>DICOM, a new series</source>
   <translation>DICOM，新序列</translation>
  </message>
  <message>
   <source>Diagnosis of the query</source>
   <translation>查询的诊断</translation>
  </message>
  <message>
   <source>Diagnosis, hidden until asked (default: its labels)</source>
   <translation>诊断，提问前隐藏（默认：其标签）</translation>
  </message>
  <message>
   <source>Export as</source>
   <translation>导出为</translation>
  </message>
  <message>
   <source>Folder of the export</source>
   <translation>导出文件夹</translation>
  </message>
  <message>
   <source>Form of the export</source>
   <translation>导出形式</translation>
  </message>
  <message>
   <source>Into the folder</source>
   <translation>到文件夹</translation>
  </message>
  <message>
   <source>Notes of the teaching file</source>
   <translation>教学文件的备注</translation>
  </message>
  <message>
   <source>Notes, shown with the case; no names</source>
   <translation>备注，与病例一起显示；请勿写姓名</translation>
  </message>
  <message>
   <source>Original UIDs can name a patient to those who have them.</source>
   <translation>持有原始 UID 的人可由此识别患者。</translation>
  </message>
  <message>
   <source>PNG pictures</source>
   <translation>PNG 图像</translation>
  </message>
  <message>
   <source>Side by side, in one picture</source>
   <translation>并排放在一幅图像中</translation>
  </message>
  <message>
   <source>Teaching file (HTML)</source>
   <translation>教学文件（HTML）</translation>
  </message>
  <message>
   <source>With a Key Object Selection of them</source>
   <translation>附带其关键对象选择（KOS）</translation>
  </message>
  <message>
   <source>With the saliency maps</source>
   <translation>带显著图</translation>
  </message>
  <message>
   <source>Write over files that are there</source>
   <translation>覆盖已有文件</translation>
  </message>
  <message>
   <source>…by the original UIDs (for the archive)</source>
   <translation>…使用原始 UID（供归档系统）</translation>
  </message>
 </context>
 <context>
  <name>FiguresTab</name>
  <message>
   <source>95 %</source>
   <translation>95 %</translation>
  </message>
  <message>
   <source>Chance</source>
   <translation>随机</translation>
  </message>
  <message>
   <source>Figures</source>
   <translation>指标</translation>
  </message>
  <message>
   <source>Health of the code</source>
   <translation>编码的健康状况</translation>
  </message>
  <message>
   <source>How sure that is</source>
   <translation>可靠程度</translation>
  </message>
  <message>
   <source>Intervals: bootstrap over the patients of the test. They do not contain what another division of the patients would change.</source>
   <translation>区间：对测试患者的自助抽样。其中不含另一种患者划分带来的变化。</translation>
  </message>
  <message>
   <source>Measure</source>
   <translation>度量</translation>
  </message>
  <message>
   <source>Precision against recall</source>
   <translation>精确率与召回率</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>值</translation>
  </message>
  <message>
   <source>What it says</source>
   <translation>含义</translation>
  </message>
  <message>
   <source>recall</source>
   <translation>召回率</translation>
  </message>
  <message>
   <source>right ones come first among all pictures</source>
   <translation>在全部图像中，正确的排在前面</translation>
  </message>
  <message>
   <source>right ones come first among the ten nearest</source>
   <translation>在最近的十幅中，正确的排在前面</translation>
  </message>
  <message>
   <source>share of right ones among the ten nearest</source>
   <translation>最近十幅中正确的比例</translation>
  </message>
  <message>
   <source>share of right ones within two bits</source>
   <translation>相差两位以内正确的比例</translation>
  </message>
  <message>
   <source>the same, each label counting alike</source>
   <translation>同上，每个标签权重相同</translation>
  </message>
  <message>
   <source>the same, nearer ones counting more</source>
   <translation>同上，越近权重越大</translation>
  </message>
  <message>
   <source>this model</source>
   <translation>此模型</translation>
  </message>
  <message>
   <source>{unique} different codes of {pictures} pictures; {constant} of {bits} bits never change; bits are {imbalance:.2f} off balance on average (0 is best, 0.5 worst); the two most alike go together with {correlation:.2f}.</source>
   <translation>{pictures} 幅图像有 {unique} 个不同编码；{bits} 位中有 {constant} 位从不变化；各位平均失衡 {imbalance:.2f}（0 最好，0.5 最差）；最相像的两位相关性为 {correlation:.2f}。</translation>
  </message>
 </context>
 <context>
  <name>FileLists</name>
  <message>
   <source>All lists in one file</source>
   <translation>所有列表存为一个文件</translation>
  </message>
  <message>
   <source>All lists, with tabs between the columns</source>
   <translation>所有列表，列之间用制表符分隔</translation>
  </message>
  <message>
   <source>Copy list</source>
   <translation>复制列表</translation>
  </message>
  <message>
   <source>File</source>
   <translation>文件</translation>
  </message>
  <message>
   <source>Files of the list</source>
   <translation>列表中的文件</translation>
  </message>
  <message>
   <source>Lists of files</source>
   <translation>文件列表</translation>
  </message>
  <message>
   <source>Reason</source>
   <translation>原因</translation>
  </message>
  <message>
   <source>Save list as CSV…</source>
   <translation>将列表存为 CSV…</translation>
  </message>
  <message>
   <source>Save the list as CSV</source>
   <translation>将列表存为 CSV</translation>
  </message>
  <message>
   <source>Table (*.csv)</source>
   <translation>表格 (*.csv)</translation>
  </message>
  <message>
   <source>{title} ({count:,})</source>
   <translation>{title}（{count:,}）</translation>
  </message>
 </context>
 <context>
  <name>FilterBar</name>
  <message>
   <source> bits</source>
   <translation> 位</translation>
  </message>
  <message>
   <source>Age</source>
   <translation>年龄</translation>
  </message>
  <message>
   <source>Any distance</source>
   <translation>任意距离</translation>
  </message>
  <message>
   <source>Before, 2024-05-31</source>
   <translation>早于，2024-05-31</translation>
  </message>
  <message>
   <source>Body part</source>
   <translation>检查部位</translation>
  </message>
  <message>
   <source>Changed before this day</source>
   <translation>在此日之前修改</translation>
  </message>
  <message>
   <source>Changed on this day or later</source>
   <translation>在此日或之后修改</translation>
  </message>
  <message>
   <source>Confirmed by</source>
   <translation>确认方式</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Each case once</source>
   <translation>每个病例只显示一次</translation>
  </message>
  <message>
   <source>Folder</source>
   <translation>文件夹</translation>
  </message>
  <message>
   <source>Folder, such as ward/2</source>
   <translation>文件夹，例如 ward/2</translation>
  </message>
  <message>
   <source>Greatest distance in bits</source>
   <translation>最大距离（位）</translation>
  </message>
  <message>
   <source>Maker</source>
   <translation>厂商</translation>
  </message>
  <message>
   <source>Modality</source>
   <translation>模态</translation>
  </message>
  <message>
   <source>No filter</source>
   <translation>清除筛选</translation>
  </message>
  <message>
   <source>Sex</source>
   <translation>性别</translation>
  </message>
  <message>
   <source>Side</source>
   <translation>侧别</translation>
  </message>
  <message>
   <source>Since, 2024-05-31</source>
   <translation>自，2024-05-31</translation>
  </message>
  <message>
   <source>View</source>
   <translation>体位</translation>
  </message>
  <message>
   <source>Words of the report</source>
   <translation>报告中的词</translation>
  </message>
  <message>
   <source>up to </source>
   <translation>不超过 </translation>
  </message>
  <message>
   <source>{day} is no day such as 2024-05-31.</source>
   <translation>{day} 不是像 2024-05-31 这样的日期。</translation>
  </message>
  <message>
   <source>{what}: any</source>
   <translation>{what}：不限</translation>
  </message>
  <message>
   <source>{what}: {value} ({count:,})</source>
   <translation>{what}：{value}（{count:,}）</translation>
  </message>
 </context>
 <context>
  <name>FindingWords</name>
  <message>
   <source>1 file gives no picture, such as {name}: {why}</source>
   <translation>1 个文件无法得到图像，例如 {name}：{why}</translation>
  </message>
  <message>
   <source>1 file has no label and will not be used, such as {names}.</source>
   <translation>1 个文件没有标签，将不使用，例如 {names}。</translation>
  </message>
  <message>
   <source>1 patient is in more than one part.</source>
   <translation>1 位患者出现在多个部分中。</translation>
  </message>
  <message>
   <source>1 picture is there more than once in one part, such as {names}.</source>
   <translation>1 幅图像在同一部分中重复出现，例如 {names}。</translation>
  </message>
  <message>
   <source>1 picture is there more than once in two parts, which flatters figures, such as {names}.</source>
   <translation>1 幅图像重复出现在两个部分中，会使指标偏高，例如 {names}。</translation>
  </message>
  <message>
   <source>1 picture is there more than once with different labels, such as {names}.</source>
   <translation>1 幅图像重复出现而标签不同，例如 {names}。</translation>
  </message>
  <message>
   <source>Add pictures with other labels, or divide anew.</source>
   <translation>请加入其他标签的图像，或重新划分。</translation>
  </message>
  <message>
   <source>Add pictures, join labels, or read their figures with care.</source>
   <translation>请加入图像、合并标签，或谨慎看待这些数字。</translation>
  </message>
  <message>
   <source>Add pictures, or give it a broader label.</source>
   <translation>请加入图像，或改用更宽的标签。</translation>
  </message>
  <message>
   <source>Add pictures, or make the parts for validation and test smaller.</source>
   <translation>请加入图像，或减小验证和测试部分。</translation>
  </message>
  <message>
   <source>All pictures are of one patient, who can be in one part only.</source>
   <translation>所有图像都属于同一位患者，而一位患者只能在一个部分中。</translation>
  </message>
  <message>
   <source>Check the column of patients, or add patients.</source>
   <translation>请检查患者列，或加入其他患者。</translation>
  </message>
  <message>
   <source>Complete the labels if they should be learned from.</source>
   <translation>如果要用它们学习，请补全标签。</translation>
  </message>
  <message>
   <source>Correct the labels, or leave these pictures out.</source>
   <translation>请更正标签，或不使用这些图像。</translation>
  </message>
  <message>
   <source>Divide anew, or add pictures.</source>
   <translation>请重新划分，或加入图像。</translation>
  </message>
  <message>
   <source>Divide by patient, unless you compare with figures made like this.</source>
   <translation>请按患者划分，除非要与这样得到的数字比较。</translation>
  </message>
  <message>
   <source>Divide by patient.</source>
   <translation>请按患者划分。</translation>
  </message>
  <message>
   <source>Every picture to learn from has the same label, {name}.</source>
   <translation>用于学习的图像都是同一个标签：{name}。</translation>
  </message>
  <message>
   <source>Leave the copies out; the first of each stays.</source>
   <translation>不使用副本；每幅保留第一个。</translation>
  </message>
  <message>
   <source>Leave them out, or put sound copies in their place.</source>
   <translation>请不使用它们，或换上完好的副本。</translation>
  </message>
  <message>
   <source>Name a column of patients, if the table has one. Otherwise say so wherever you quote a figure of this model.</source>
   <translation>如果表格中有患者列，请指定。否则，引用此模型的任何数字时都请说明这一点。</translation>
  </message>
  <message>
   <source>Only {count} pictures are left to learn from, fewer than one step takes ({step}).</source>
   <translation>只剩 {count} 幅图像用于学习，少于一步所需的数量（{step}）。</translation>
  </message>
  <message>
   <source>Rare labels are shown to the network more often than they occur; read the figures of each label, not only their mean.</source>
   <translation>少见的标签会比实际更频繁地给网络看；请查看每个标签的数字，而不只看平均值。</translation>
  </message>
  <message>
   <source>The most frequent label has {most} pictures, the rarest {least}.</source>
   <translation>最常见的标签有 {most} 幅图像，最少见的有 {least} 幅。</translation>
  </message>
  <message>
   <source>The parts are divided picture by picture: pictures of one patient lie in several, and the figures will be too good.</source>
   <translation>各部分按图像划分：同一患者的图像会在多个部分中，指标会偏高。</translation>
  </message>
  <message>
   <source>The patient of 1 picture is not known. Each counts as a patient of its own, so both eyes or two films of one person may lie in two parts, which flatters the figures.</source>
   <translation>1 幅图像的患者未知。每幅各算作一位患者，因此同一人的双眼或两张片子可能在两个部分中，会使指标偏高。</translation>
  </message>
  <message>
   <source>The patient of {count:,} pictures is not known. Each counts as a patient of its own, so both eyes or two films of one person may lie in two parts, which flatters the figures.</source>
   <translation>{count:,} 幅图像的患者未知。每幅各算作一位患者，因此同一人的双眼或两张片子可能在两个部分中，会使指标偏高。</translation>
  </message>
  <message>
   <source>The {part} part has no picture of {names}.</source>
   <translation>{part}部分中没有 {names} 的图像。</translation>
  </message>
  <message>
   <source>There are fewer than {limit} pictures of {names}: what is measured for so few says little.</source>
   <translation>{names} 的图像少于 {limit} 幅：这么少的图像，测得的数字说明不了多少。</translation>
  </message>
  <message>
   <source>There is only one picture with the label {names}: nothing like it can be learned or found.</source>
   <translation>标签 {names} 只有一幅图像：学不到也找不到与之相像的。</translation>
  </message>
  <message>
   <source>test</source>
   <translation>测试</translation>
  </message>
  <message>
   <source>train</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>validation</source>
   <translation>验证</translation>
  </message>
  <message>
   <source>{count:,} files give no picture, such as {name}: {why}</source>
   <translation>{count:,} 个文件无法得到图像，例如 {name}：{why}</translation>
  </message>
  <message>
   <source>{count:,} files have no label and will not be used, such as {names}.</source>
   <translation>{count:,} 个文件没有标签，将不使用，例如 {names}。</translation>
  </message>
  <message>
   <source>{count:,} patients are in more than one part.</source>
   <translation>{count:,} 位患者出现在多个部分中。</translation>
  </message>
  <message>
   <source>{count:,} pictures are there more than once in one part, such as {names}.</source>
   <translation>{count:,} 幅图像在同一部分中重复出现，例如 {names}。</translation>
  </message>
  <message>
   <source>{count:,} pictures are there more than once in two parts, which flatters figures, such as {names}.</source>
   <translation>{count:,} 幅图像重复出现在两个部分中，会使指标偏高，例如 {names}。</translation>
  </message>
  <message>
   <source>{count:,} pictures are there more than once with different labels, such as {names}.</source>
   <translation>{count:,} 幅图像重复出现而标签不同，例如 {names}。</translation>
  </message>
  <message>
   <source>{names} and {count} more</source>
   <translation>{names} 等另有 {count} 个</translation>
  </message>
 </context>
 <context>
  <name>ForgetDialog</name>
  <message>
   <source>&amp;Remove for good</source>
   <translation>彻底移除(&amp;R)</translation>
  </message>
  <message>
   <source>A &amp;folder of pictures</source>
   <translation>一个图像文件夹(&amp;F)</translation>
  </message>
  <message>
   <source>A &amp;patient, by number (P-…)</source>
   <translation>一位患者，按编号（P-…）(&amp;P)</translation>
  </message>
  <message>
   <source>All that is &amp;hidden in this library</source>
   <translation>此图库中所有隐藏的内容(&amp;H)</translation>
  </message>
  <message>
   <source>Choose the folder to be forgotten</source>
   <translation>选择要移除的文件夹</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>Folder to be forgotten</source>
   <translation>要移除的文件夹</translation>
  </message>
  <message>
   <source>Forget a patient or a folder</source>
   <translation>移除患者或文件夹</translation>
  </message>
  <message>
   <source>Number of the patient</source>
   <translation>患者编号</translation>
  </message>
  <message>
   <source>Pictures whose files are &amp;gone</source>
   <translation>文件已不存在的图像(&amp;G)</translation>
  </message>
  <message>
   <source>This goes, and cannot be brought back:</source>
   <translation>以下内容将被移除，且无法恢复：</translation>
  </message>
  <message>
   <source>What shall be removed from this library?</source>
   <translation>要从此图库中移除什么？</translation>
  </message>
  <message>
   <source>What would &amp;go?</source>
   <translation>将移除什么？(&amp;G)</translation>
  </message>
  <message>
   <source>Your picture files stay as they are. What is removed cannot be brought back.</source>
   <translation>您的图像文件保持不变。移除的内容无法恢复。</translation>
  </message>
 </context>
 <context>
  <name>ForgetWords</name>
  <message>
   <source>All searches that were kept of this library.</source>
   <translation>为此图库保存的所有检索。</translation>
  </message>
  <message>
   <source>Backups, snapshots, lists and reports that you saved, and what a drive keeps of removed files are out of MedHash's reach.</source>
   <translation>备份、快照、您保存的列表和报告，以及磁盘上已删除文件的残留，MedHash 无法触及。</translation>
  </message>
  <message>
   <source>Caches of runs that are going on stayed ({count}); remove once more when they have ended.</source>
   <translation>正在进行的训练的缓存已保留（{count}）；请在其结束后再次移除。</translation>
  </message>
  <message>
   <source>Caches of training runs are gone ({count}).</source>
   <translation>训练缓存已移除（{count}）。</translation>
  </message>
  <message>
   <source>Damaged files that were set aside are gone: {folder}.</source>
   <translation>先前搁置的损坏文件已移除：{folder}。</translation>
  </message>
  <message>
   <source>Damaged settings of before are gone.</source>
   <translation>先前损坏的设置已移除。</translation>
  </message>
  <message>
   <source>Lists of what was opened last, and the places of file dialogs.</source>
   <translation>最近打开的记录，以及文件对话框记住的位置。</translation>
  </message>
  <message>
   <source>Nothing in this library fits: there is nothing to remove.</source>
   <translation>此图库中没有符合的内容：无可移除。</translation>
  </message>
  <message>
   <source>Old files could not be removed yet and may hold what was taken out: {files}. Close what has the library open, and remove once more.</source>
   <translation>旧文件尚无法删除，其中可能仍含已移除的内容：{files}。请关闭打开此图库的程序，然后再次移除。</translation>
  </message>
  <message>
   <source>The note of the library opened last is gone.</source>
   <translation>最近打开的图库的记录已移除。</translation>
  </message>
  <message>
   <source>The places of file dialogs are gone.</source>
   <translation>文件对话框记住的位置已移除。</translation>
  </message>
  <message>
   <source>The searches kept of this library are gone.</source>
   <translation>为此图库保存的检索已移除。</translation>
  </message>
  <message>
   <source>The small pictures in this window, its query and the way to it.</source>
   <translation>此窗口中的缩略图、当前查询及其浏览路径。</translation>
  </message>
  <message>
   <source>What training runs keep of pictures to save time (it is made again when it is needed); that of runs that are going on stays.</source>
   <translation>训练为节省时间而保留的图像数据（需要时会重新生成）；正在进行的训练的数据将保留。</translation>
  </message>
  <message>
   <source>{count:,} of the pictures could be found until now: where their files are still in the folder, the next update takes them in again.</source>
   <translation>其中 {count:,} 幅图像此前可被检索到：如果其文件仍在文件夹中，下次更新会再次收入。</translation>
  </message>
  <message>
   <source>{rows:,} rows are gone for good.</source>
   <translation>已彻底移除 {rows:,} 行。</translation>
  </message>
  <message>
   <source>{rows:,} rows of this library, {shown:,} of which a search can find now: paths, codes, labels, details and keyed hashes, in every file of it, damaged files that were set aside included.</source>
   <translation>此图库的 {rows:,} 行，其中 {shown:,} 行目前可被检索到：图库各文件中的路径、编码、标签、详细信息和加密哈希，包括先前搁置的损坏文件。</translation>
  </message>
 </context>
 <context>
  <name>FrameBar</name>
  <message>
   <source>Frame</source>
   <translation>帧</translation>
  </message>
  <message>
   <source>Frame of the file</source>
   <translation>文件中的帧</translation>
  </message>
  <message>
   <source>Frame of the file, as a slider</source>
   <translation>文件中的帧（滑块）</translation>
  </message>
  <message>
   <source>Frame {frame} of {count}</source>
   <translation>第 {frame} 帧，共 {count} 帧</translation>
  </message>
  <message>
   <source>How grey values become light and dark; stored in the file</source>
   <translation>灰度值如何变为明暗；保存在文件中</translation>
  </message>
  <message>
   <source>Type a number, or use Page Up and Page Down</source>
   <translation>输入数字，或使用 Page Up 和 Page Down 键</translation>
  </message>
  <message>
   <source>Window</source>
   <translation>窗</translation>
  </message>
  <message>
   <source>Window of the grey values</source>
   <translation>灰度窗</translation>
  </message>
  <message>
   <source>Window: {name}</source>
   <translation>窗：{name}</translation>
  </message>
  <message>
   <source>of {count}</source>
   <translation>共 {count}</translation>
  </message>
 </context>
 <context>
  <name>FramesChoice</name>
  <message>
   <source>&amp;All frames</source>
   <translation>全部帧(&amp;A)</translation>
  </message>
  <message>
   <source>&amp;One in</source>
   <translation>每隔(&amp;O)</translation>
  </message>
  <message>
   <source>Each frame becomes a picture of its own and can be a hit; a file of 100 frames takes as long as 100 pictures.</source>
   <translation>每一帧都成为独立的图像，都可以成为结果；100 帧的文件与 100 幅图像用时相同。</translation>
  </message>
  <message>
   <source>Frames 1, {second}, {third} … become pictures of their own; the ones between cannot be hits.</source>
   <translation>第 1、{second}、{third} … 帧成为独立的图像；其间的帧不会成为结果。</translation>
  </message>
  <message>
   <source>One in how many frames</source>
   <translation>每多少帧取一帧</translation>
  </message>
  <message>
   <source>One picture a file, the frame in the middle (of a TIFF the first page); the other frames cannot be hits.</source>
   <translation>每个文件一幅图像，取中间一帧（TIFF 取第一页）；其他帧不会成为结果。</translation>
  </message>
  <message>
   <source>The &amp;middle one</source>
   <translation>中间一帧(&amp;M)</translation>
  </message>
  <message>
   <source>frames</source>
   <translation>帧取一帧</translation>
  </message>
 </context>
 <context>
  <name>HitDelegate</name>
  <message>
   <source>The file is not there or cannot be read</source>
   <translation>文件不存在或无法读取</translation>
  </message>
 </context>
 <context>
  <name>HitLabelsDialog</name>
  <message>
   <source>&amp;Add</source>
   <translation>添加(&amp;A)</translation>
  </message>
  <message>
   <source>Another label</source>
   <translation>其他标签</translation>
  </message>
  <message>
   <source>As their &amp;source has them</source>
   <translation>采用来源的标签(&amp;S)</translation>
  </message>
  <message>
   <source>Labels given here stand in place of those from folders, table or header, for copies of the picture, too, and stay whatever is indexed.</source>
   <translation>此处给出的标签取代来自文件夹、表格或文件头的标签，对该图像的副本同样有效，并且不受索引影响。</translation>
  </message>
  <message>
   <source>Labels of this hit</source>
   <translation>此结果的标签</translation>
  </message>
 </context>
 <context>
  <name>HitModel</name>
  <message>
   <source>Rank {rank}</source>
   <translation>第 {rank} 位</translation>
  </message>
  <message>
   <source>identical file</source>
   <translation>同一文件</translation>
  </message>
  <message>
   <source>tie of {count}</source>
   <translation>{count} 个并列</translation>
  </message>
  <message>
   <source>{distance:.3g} / {bits} bits differ</source>
   <translation>相差 {distance:.3g} / {bits} 位</translation>
  </message>
  <message>
   <source>{distance:.3g} / {bits} from moved</source>
   <translation>距移动后 {distance:.3g} / {bits} 位</translation>
  </message>
 </context>
 <context>
  <name>HitPanel</name>
  <message>
   <source>Contrast case: {distance:.3g} of {bits} bits differ</source>
   <translation>对照病例：{bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>Hit</source>
   <translation>结果</translation>
  </message>
  <message>
   <source>Hit {rank}: {distance:.3g} of {bits} bits differ</source>
   <translation>结果 {rank}：{bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>Hit {rank}: {distance:.3g} of {bits} bits from the moved query</source>
   <translation>结果 {rank}：与移动后的查询在 {bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>Hit: the query's own file</source>
   <translation>结果：查询文件本身</translation>
  </message>
  <message>
   <source>Picture of the hit</source>
   <translation>结果图像</translation>
  </message>
  <message>
   <source>Picture {rank}</source>
   <translation>图像 {rank}</translation>
  </message>
  <message>
   <source>Same patient: {distance:.3g} of {bits} bits differ</source>
   <translation>同一患者：{bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>Same patient: {distance:.3g} of {bits} bits from the moved query</source>
   <translation>同一患者：与移动后的查询在 {bits} 位中相差 {distance:.3g} 位</translation>
  </message>
  <message>
   <source>The chosen hit stands here.</source>
   <translation>所选结果显示在这里。</translation>
  </message>
 </context>
 <context>
  <name>HitRowDelegate</name>
  <message>
   <source>not there, or cannot be read</source>
   <translation>不存在或无法读取</translation>
  </message>
 </context>
 <context>
  <name>HitWords</name>
  <message>
   <source>by hand</source>
   <translation>手工</translation>
  </message>
  <message>
   <source>confirmed by {source}</source>
   <translation>确认方式：{source}</translation>
  </message>
  <message>
   <source>labelled by hand</source>
   <translation>手工标注</translation>
  </message>
  <message>
   <source>no label</source>
   <translation>无标签</translation>
  </message>
  <message>
   <source>patient not known</source>
   <translation>患者未知</translation>
  </message>
 </context>
 <context>
  <name>ImportDialog</name>
  <message>
   <source>&amp;Class folders</source>
   <translation>类别文件夹(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Index with these choices</source>
   <translation>按这些选择建立索引(&amp;I)</translation>
  </message>
  <message>
   <source>&amp;Nowhere</source>
   <translation>没有标签(&amp;N)</translation>
  </message>
  <message>
   <source>A &amp;DICOM element</source>
   <translation>DICOM 元素(&amp;D)</translation>
  </message>
  <message>
   <source>A &amp;table</source>
   <translation>表格(&amp;T)</translation>
  </message>
  <message>
   <source>BodyPartExamined, or (0018,0015)</source>
   <translation>BodyPartExamined 或 (0018,0015)</translation>
  </message>
  <message>
   <source>Choose a table of labels</source>
   <translation>选择标签表格</translation>
  </message>
  <message>
   <source>DICOM element of the labels</source>
   <translation>标签所在的 DICOM 元素</translation>
  </message>
  <message>
   <source>Files with several frames: index</source>
   <translation>多帧文件：索引</translation>
  </message>
  <message>
   <source>Labels and frames of {folder}</source>
   <translation>{folder} 的标签与帧</translation>
  </message>
  <message>
   <source>No file fits this pattern.</source>
   <translation>没有文件符合此模式。</translation>
  </message>
  <message>
   <source>Patients and cases from the path</source>
   <translation>由路径得出患者和病例</translation>
  </message>
  <message>
   <source>Pattern of folders and names</source>
   <translation>文件夹和文件名的模式</translation>
  </message>
  <message>
   <source>Pictures that are new get no label.</source>
   <translation>新图像没有标签。</translation>
  </message>
  <message>
   <source>Tables (*.csv *.tsv *.txt);;All files (*)</source>
   <translation>表格 (*.csv *.tsv *.txt);;所有文件 (*)</translation>
  </message>
  <message>
   <source>The folder that a picture lies in is its label, where the folder is sorted into at least two: light/1.png is “light”.</source>
   <translation>若文件夹至少分为两类，则图像所在的文件夹即为其标签：light/1.png 的标签是“light”。</translation>
  </message>
  <message>
   <source>The value of this element is the label. It is read from each file; files without it, and files that are no DICOM, get none.</source>
   <translation>此元素的值即为标签，从每个文件中读取；没有该元素或不是 DICOM 的文件没有标签。</translation>
  </message>
  <message>
   <source>Where labels come from</source>
   <translation>标签的来源</translation>
  </message>
  <message>
   <source>Without a pattern, DICOM headers and the table tell patients and cases. {patient}, {case} and {label} stand for parts of the path.</source>
   <translation>没有模式时，由 DICOM 头和表格得出患者和病例。{patient}、{case} 和 {label} 代表路径的一部分。</translation>
  </message>
  <message>
   <source>case {name}</source>
   <translation>病例 {name}</translation>
  </message>
  <message>
   <source>label {name}</source>
   <translation>标签 {name}</translation>
  </message>
  <message>
   <source>patient {name}</source>
   <translation>患者 {name}</translation>
  </message>
  <message>
   <source>{path}: {told}. {fits:,} of {files:,} files fit.</source>
   <translation>{path}：{told}。{files:,} 个文件中有 {fits:,} 个符合。</translation>
  </message>
  <message>
   <source>{patient}/{case}/*</source>
   <translation>{patient}/{case}/*</translation>
  </message>
 </context>
 <context>
  <name>IndexPanel</name>
  <message>
   <source>Bringing {folder} up to date with {model}</source>
   <translation>正在用 {model} 更新 {folder}</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Cancel indexing</source>
   <translation>取消索引</translation>
  </message>
  <message>
   <source>Cancelling…</source>
   <translation>正在取消…</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Close the report</source>
   <translation>关闭报告</translation>
  </message>
  <message>
   <source>Indexing of {folder} was cancelled</source>
   <translation>{folder} 的索引已取消</translation>
  </message>
  <message>
   <source>Indexing {folder} with {model}, the model that fits best</source>
   <translation>正在用最合适的模型 {model} 索引 {folder}</translation>
  </message>
  <message>
   <source>Indexing {folder} with {model}; no model here fits well</source>
   <translation>正在用 {model} 索引 {folder}；这里没有很合适的模型</translation>
  </message>
  <message>
   <source>Lists ({count:,})</source>
   <translation>列表（{count:,}）</translation>
  </message>
  <message>
   <source>Looking at {folder}…</source>
   <translation>正在查看 {folder}…</translation>
  </message>
  <message>
   <source>Progress of indexing</source>
   <translation>索引进度</translation>
  </message>
  <message>
   <source>Show the lists of the report</source>
   <translation>显示报告中的列表</translation>
  </message>
  <message>
   <source>What was done is kept (Ctrl+.)</source>
   <translation>已完成的部分会保留 (Ctrl+.)</translation>
  </message>
  <message>
   <source>{count:,} skipped</source>
   <translation>跳过 {count:,} 个</translation>
  </message>
  <message>
   <source>{done:,} files were looked at; what was indexed is kept. Drop the folder again to go on.</source>
   <translation>已查看 {done:,} 个文件；已索引的部分会保留。再次拖入该文件夹即可继续。</translation>
  </message>
  <message>
   <source>{done:,} of {found:,} files</source>
   <translation>{found:,} 个文件中的 {done:,} 个</translation>
  </message>
  <message>
   <source>{folder} is up to date</source>
   <translation>{folder} 已是最新</translation>
  </message>
  <message>
   <source>{hours} h {minutes} min left</source>
   <translation>剩余 {hours} 小时 {minutes} 分</translation>
  </message>
  <message>
   <source>{minutes} min left</source>
   <translation>剩余 {minutes} 分</translation>
  </message>
  <message>
   <source>{rate:.1f} images a second</source>
   <translation>每秒 {rate:.1f} 幅图像</translation>
  </message>
  <message>
   <source>{seconds} s left</source>
   <translation>剩余 {seconds} 秒</translation>
  </message>
 </context>
 <context>
  <name>IndexReportView</name>
  <message>
   <source>About patients</source>
   <translation>关于患者</translation>
  </message>
  <message>
   <source>Damaged</source>
   <translation>已损坏</translation>
  </message>
  <message>
   <source>Files without a row</source>
   <translation>表格中没有对应行的文件</translation>
  </message>
  <message>
   <source>More than one row, or file, could be meant.</source>
   <translation>可能对应多行或多个文件。</translation>
  </message>
  <message>
   <source>No file of the folder fits this row.</source>
   <translation>文件夹中没有与此行对应的文件。</translation>
  </message>
  <message>
   <source>No row of the table names this file.</source>
   <translation>表格中没有与此文件对应的行。</translation>
  </message>
  <message>
   <source>Not an image</source>
   <translation>不是图像</translation>
  </message>
  <message>
   <source>Remarks</source>
   <translation>说明</translation>
  </message>
  <message>
   <source>Row not clear</source>
   <translation>对应行不明确</translation>
  </message>
  <message>
   <source>Rows without a file</source>
   <translation>没有对应文件的行</translation>
  </message>
  <message>
   <source>Unsupported</source>
   <translation>不支持</translation>
  </message>
  <message>
   <source>What this library keeps…</source>
   <translation>此图库保存的内容…</translation>
  </message>
  <message>
   <source>damaged</source>
   <translation>已损坏</translation>
  </message>
  <message>
   <source>not an image</source>
   <translation>不是图像</translation>
  </message>
  <message>
   <source>unsupported</source>
   <translation>不支持</translation>
  </message>
  <message>
   <source>{count:,} added</source>
   <translation>新增 {count:,}</translation>
  </message>
  <message>
   <source>{count:,} frames as pictures</source>
   <translation>{count:,} 帧作为图像</translation>
  </message>
  <message>
   <source>{count:,} gone</source>
   <translation>消失 {count:,}</translation>
  </message>
  <message>
   <source>{count:,} moved</source>
   <translation>移动 {count:,}</translation>
  </message>
  <message>
   <source>{count:,} relabelled</source>
   <translation>重新标注 {count:,}</translation>
  </message>
  <message>
   <source>{count:,} skipped</source>
   <translation>跳过 {count:,} 个</translation>
  </message>
  <message>
   <source>{count:,} unchanged</source>
   <translation>未变 {count:,}</translation>
  </message>
  <message>
   <source>{found:,} files = {parts}</source>
   <translation>{found:,} 个文件 = {parts}</translation>
  </message>
  <message>
   <source>{rate:.1f} images a second</source>
   <translation>每秒 {rate:.1f} 幅图像</translation>
  </message>
  <message>
   <source>{seconds:.0f} s</source>
   <translation>{seconds:.0f} 秒</translation>
  </message>
  <message>
   <source>{text} ({count:,} files, this one first)</source>
   <translation>{text}（{count:,} 个文件，此为第一个）</translation>
  </message>
 </context>
 <context>
  <name>JudgePage</name>
  <message>
   <source>&amp;Each label</source>
   <translation>各个标签(&amp;E)</translation>
  </message>
  <message>
   <source>&amp;Figures</source>
   <translation>指标(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Methods</source>
   <translation>方法(&amp;M)</translation>
  </message>
  <message>
   <source>&amp;Side by side</source>
   <translation>并排(&amp;S)</translation>
  </message>
  <message>
   <source>&amp;Train baselines</source>
   <translation>训练基线(&amp;T)</translation>
  </message>
  <message>
   <source>&amp;What finds what</source>
   <translation>谁找到谁(&amp;W)</translation>
  </message>
  <message>
   <source>95 %</source>
   <translation>95 %</translation>
  </message>
  <message>
   <source>A picture that asks, and what it finds</source>
   <translation>一幅查询图像及其找到的结果</translation>
  </message>
  <message>
   <source>Asked</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>Baseline or control</source>
   <translation>基线或对照</translation>
  </message>
  <message>
   <source>Baselines on the same split</source>
   <translation>同一划分上的基线</translation>
  </message>
  <message>
   <source>Begun</source>
   <translation>开始时间</translation>
  </message>
  <message>
   <source>Bits</source>
   <translation>位</translation>
  </message>
  <message>
   <source>Chance</source>
   <translation>随机</translation>
  </message>
  <message>
   <source>Different codes</source>
   <translation>不同的编码</translation>
  </message>
  <message>
   <source>Each row asks, each column is found. Click a cell for pictures.</source>
   <translation>每行为查询，每列为所找到的。点击单元格查看图像。</translation>
  </message>
  <message>
   <source>Figures of each label</source>
   <translation>各标签的指标</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>MAP@10</source>
   <translation>MAP@10</translation>
  </message>
  <message>
   <source>MAP@10 {value:.3f} ({low:.3f} to {high:.3f}); chance {chance:.3f}. {queries} pictures asked, each as a patient of its own.</source>
   <translation>MAP@10 {value:.3f}（{low:.3f} 至 {high:.3f}）；随机 {chance:.3f}。查询图像 {queries} 幅，每幅各算作一位患者。</translation>
  </message>
  <message>
   <source>MAP@10 {value:.3f} ({low:.3f} to {high:.3f}); chance {chance:.3f}. {queries} pictures of {patients} patients asked.</source>
   <translation>MAP@10 {value:.3f}（{low:.3f} 至 {high:.3f}）；随机 {chance:.3f}。由 {patients} 位患者的 {queries} 幅图像查询。</translation>
  </message>
  <message>
   <source>Measured on the test part, whose pictures the model has never seen. MAP@10 is 1 where all of the ten nearest have the label that was asked for; compare it with chance, never with 1 alone.</source>
   <translation>在测试部分测得，模型从未见过其中的图像。若最近十幅都带有所查询的标签，MAP@10 为 1；请与随机比较，切勿只与 1 比较。</translation>
  </message>
  <message>
   <source>Method</source>
   <translation>方法</translation>
  </message>
  <message>
   <source>None are trained yet. They say whether the method is worth its time: the same pictures and the same division, by other methods and by controls that learn nothing.</source>
   <translation>尚未训练。基线说明该方法是否值得所花的时间：同样的图像、同样的划分，用其他方法以及不学习的对照来做。</translation>
  </message>
  <message>
   <source>Pictures of one patient may be in two parts: that flatters.</source>
   <translation>同一患者的图像可能在两个部分中：指标因此偏高。</translation>
  </message>
  <message>
   <source>Run</source>
   <translation>运行</translation>
  </message>
  <message>
   <source>Runs of this computer</source>
   <translation>这台计算机上的运行</translation>
  </message>
  <message>
   <source>Runs side by side</source>
   <translation>并排比较运行</translation>
  </message>
  <message>
   <source>Test</source>
   <translation>测试</translation>
  </message>
  <message>
   <source>That is not clearly above chance.</source>
   <translation>这并未明显高于随机。</translation>
  </message>
  <message>
   <source>The chosen methods and all controls, on the same split</source>
   <translation>在相同划分上训练所选方法和全部对照</translation>
  </message>
  <message>
   <source>The run is being judged…</source>
   <translation>正在评估运行…</translation>
  </message>
  <message>
   <source>Training…</source>
   <translation>正在训练…</translation>
  </message>
  <message>
   <source>What it is worth</source>
   <translation>它的价值</translation>
  </message>
  <message>
   <source>Which methods are trained; each takes minutes</source>
   <translation>选择要训练的方法；每种需要数分钟</translation>
  </message>
  <message>
   <source>Which pictures answer</source>
   <translation>由哪些图像作答</translation>
  </message>
  <message>
   <source>asks</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>both sides new: test finds test</source>
   <translation>两侧皆新：测试查找测试</translation>
  </message>
  <message>
   <source>test finds training pictures</source>
   <translation>测试查找训练图像</translation>
  </message>
  <message>
   <source>{pairs:,} finds of {queries:,} pictures; the first of each row asks.</source>
   <translation>{queries:,} 幅图像的 {pairs:,} 个结果；每行第一幅为查询。</translation>
  </message>
  <message>
   <source>“{asks}” finds “{found}”: looking up the pictures…</source>
   <translation>“{asks}”找到“{found}”：正在查找图像…</translation>
  </message>
 </context>
 <context>
  <name>KeptDialog</name>
  <message>
   <source>&amp;Keep</source>
   <translation>保存(&amp;K)</translation>
  </message>
  <message>
   <source>&amp;Remove</source>
   <translation>移除(&amp;R)</translation>
  </message>
  <message>
   <source>&amp;Search again</source>
   <translation>重新检索(&amp;S)</translation>
  </message>
  <message>
   <source>Kept for this library, on this computer only: the picture by its path, filters, marks and order. The search is made anew when it is opened.</source>
   <translation>仅为此图库保存在本机:图像(按路径)、筛选条件、标记和顺序。打开时会重新检索。</translation>
  </message>
  <message>
   <source>Kept searches</source>
   <translation>已保存的检索</translation>
  </message>
  <message>
   <source>Name for the search that is shown</source>
   <translation>当前检索的名称</translation>
  </message>
 </context>
 <context>
  <name>LabelBar</name>
  <message>
   <source>Confirmed by: {sources}.</source>
   <translation>确认方式：{sources}。</translation>
  </message>
  <message>
   <source>How it was confirmed is not stated.</source>
   <translation>未说明确认方式。</translation>
  </message>
  <message>
   <source>in the library</source>
   <translation>图库中为</translation>
  </message>
  <message>
   <source>of all that pass the filters</source>
   <translation>通过筛选的图像中为</translation>
  </message>
  <message>
   <source>{count} of {of}</source>
   <translation>{count} / {of}</translation>
  </message>
  <message>
   <source>{label}: {count} of {of} nearest cases (95 % interval {low:.0%} to {high:.0%}); {where} {base:.0%}.</source>
   <translation>{label}：{of} 个最近病例中有 {count} 个（95 % 区间 {low:.0%} 至 {high:.0%}）；{where} {base:.0%}。</translation>
  </message>
  <message>
   <source>{low:.0%} to {high:.0%}; {where} {base:.0%}</source>
   <translation>{low:.0%} 至 {high:.0%}；{where} {base:.0%}</translation>
  </message>
  <message>
   <source>{source} {count}</source>
   <translation>{source} {count}</translation>
  </message>
 </context>
 <context>
  <name>LeftOutDialog</name>
  <message>
   <source>&amp;Take back</source>
   <translation>恢复(&amp;T)</translation>
  </message>
  <message>
   <source>How many are left out</source>
   <translation>排除了多少张</translation>
  </message>
  <message>
   <source>Left-out images</source>
   <translation>已排除的图像</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>正在查找…</translation>
  </message>
  <message>
   <source>No image is left out of searches.</source>
   <translation>没有图像被排除在搜索之外。</translation>
  </message>
  <message>
   <source>Searches pass over these until they are taken back, and so does everything that counts hits. Indexing the folder changes nothing about it.</source>
   <translation>在恢复之前，搜索以及一切对结果的统计都会跳过这些图像。为文件夹建立索引不会改变这一点。</translation>
  </message>
  <message>
   <source>{count:,} images are left out of searches.</source>
   <translation>有 {count:,} 张图像被排除在搜索之外。</translation>
  </message>
 </context>
 <context>
  <name>LeftOutModel</name>
  <message>
   <source>no label</source>
   <translation>无标签</translation>
  </message>
  <message>
   <source>{path}, frame {number}</source>
   <translation>{path}，第 {number} 帧</translation>
  </message>
 </context>
 <context>
  <name>LiftTable</name>
  <message>
   <source>Lift</source>
   <translation>提升度</translation>
  </message>
  <message>
   <source>Lift at the same label</source>
   <translation>同一标签内的提升度</translation>
  </message>
  <message>
   <source>Minus labels</source>
   <translation>减去标签</translation>
  </message>
  <message>
   <source>Neighbours that agree</source>
   <translation>相同的近邻</translation>
  </message>
  <message>
   <source>Shared</source>
   <translation>共有项</translation>
  </message>
  <message>
   <source>What neighbours share</source>
   <translation>近邻的共有项</translation>
  </message>
 </context>
 <context>
  <name>MainWindow</name>
  <message>
   <source>Copy a picture, or a file in the file manager, and paste.</source>
   <translation>请复制一幅图像，或在文件管理器中复制一个文件，然后粘贴。</translation>
  </message>
  <message>
   <source>Index a folder of pictures</source>
   <translation>为图像文件夹建立索引</translation>
  </message>
  <message>
   <source>Its address, such as milvus://HOST:19530/NAME</source>
   <translation>其地址，例如 milvus://HOST:19530/NAME</translation>
  </message>
  <message>
   <source>MedHash</source>
   <translation>MedHash</translation>
  </message>
  <message>
   <source>Open a library (a folder NAME.medhash)</source>
   <translation>打开图库（文件夹 NAME.medhash）</translation>
  </message>
  <message>
   <source>Open a library on a server</source>
   <translation>打开服务器上的图库</translation>
  </message>
  <message>
   <source>Pasted image</source>
   <translation>粘贴的图像</translation>
  </message>
  <message>
   <source>Search with an image</source>
   <translation>用图像检索</translation>
  </message>
  <message>
   <source>There is no picture on the clipboard.</source>
   <translation>剪贴板中没有图像。</translation>
  </message>
  <message>
   <source>Tools</source>
   <translation>工具</translation>
  </message>
  <message>
   <source>{name} – MedHash</source>
   <translation>{name} – MedHash</translation>
  </message>
 </context>
 <context>
  <name>MapCurves</name>
  <message>
   <source>With half of the map covered, {deleted:.0f} % of the shared margin is left ({chance:.0f} % when covered at random); with half of it alone, {inserted:.0f} % ({chance_alone:.0f} %).</source>
   <translation>遮住显著图的一半时，共享余量还剩 {deleted:.0f} %（随机遮挡时为 {chance:.0f} %）；只保留其一半时为 {inserted:.0f} %（{chance_alone:.0f} %）。</translation>
  </message>
  <message>
   <source>alone</source>
   <translation>单独</translation>
  </message>
  <message>
   <source>covered</source>
   <translation>遮挡</translation>
  </message>
  <message>
   <source>random</source>
   <translation>随机</translation>
  </message>
 </context>
 <context>
  <name>MarksBar</name>
  <message>
   <source>Ask about the query alone again</source>
   <translation>重新只用查询检索</translation>
  </message>
  <message>
   <source>Asked with</source>
   <translation>一并检索</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>清除</translation>
  </message>
  <message>
   <source>Take this mark back</source>
   <translation>撤销此标记</translation>
  </message>
  <message>
   <source>like {name}</source>
   <translation>像 {name}</translation>
  </message>
  <message>
   <source>unlike {name}</source>
   <translation>不像 {name}</translation>
  </message>
  <message>
   <source>{count} more pictures</source>
   <translation>另外 {count} 幅图像</translation>
  </message>
 </context>
 <context>
  <name>MaskPanel</name>
  <message>
   <source>&amp;Draw a mask</source>
   <translation>绘制遮盖框(&amp;D)</translation>
  </message>
  <message>
   <source>&amp;Take all suggested</source>
   <translation>采用全部建议(&amp;T)</translation>
  </message>
  <message>
   <source>Boxes of this picture to be masked</source>
   <translation>此图像要遮盖的方框</translation>
  </message>
  <message>
   <source>Masks</source>
   <translation>遮盖</translation>
  </message>
  <message>
   <source>None drawn, and none suggested.</source>
   <translation>没有绘制，也没有建议。</translation>
  </message>
  <message>
   <source>Re&amp;move</source>
   <translation>移除(&amp;M)</translation>
  </message>
  <message>
   <source>Suggested: {width} × {height} px at {x}, {y}</source>
   <translation>建议：{width} × {height} 像素，位于 {x}, {y}</translation>
  </message>
  <message>
   <source>Suggestions are a guess, and some letters are missed: look at every picture yourself.</source>
   <translation>建议只是猜测，可能漏掉文字：请亲自查看每幅图像。</translation>
  </message>
  <message>
   <source>{width} × {height} px at {x}, {y}</source>
   <translation>{width} × {height} 像素，位于 {x}, {y}</translation>
  </message>
 </context>
 <context>
  <name>MessageBar</name>
  <message>
   <source>Close the message</source>
   <translation>关闭消息</translation>
  </message>
  <message>
   <source>Close the message (Esc)</source>
   <translation>关闭消息 (Esc)</translation>
  </message>
  <message>
   <source>Message</source>
   <translation>消息</translation>
  </message>
  <message>
   <source>What the message offers</source>
   <translation>消息提供的操作</translation>
  </message>
  <message>
   <source>What to do</source>
   <translation>要做什么</translation>
  </message>
 </context>
 <context>
  <name>ModelsDialog</name>
  <message>
   <source>&amp;Export…</source>
   <translation>导出(&amp;E)…</translation>
  </message>
  <message>
   <source>&amp;Import…</source>
   <translation>导入(&amp;I)…</translation>
  </message>
  <message>
   <source>&amp;Look into a file…</source>
   <translation>查看文件(&amp;L)…</translation>
  </message>
  <message>
   <source>&amp;Take it in</source>
   <translation>加入(&amp;T)</translation>
  </message>
  <message>
   <source>&amp;Use this library</source>
   <translation>使用此图库(&amp;U)</translation>
  </message>
  <message>
   <source>A folder has a library for each model that it was indexed with; none is changed by switching.</source>
   <translation>文件夹用每个模型索引后各有一个图库；切换不会改变任何一个。</translation>
  </message>
  <message>
   <source>Bits</source>
   <translation>位</translation>
  </message>
  <message>
   <source>Card of the model</source>
   <translation>模型卡</translation>
  </message>
  <message>
   <source>Checked before it is taken in; no code of its maker is run</source>
   <translation>采用前先检查；不运行其作者的任何代码</translation>
  </message>
  <message>
   <source>Checks all of it and shows its card; nothing is taken in</source>
   <translation>检查全部内容并显示模型卡片；不加入任何内容</translation>
  </message>
  <message>
   <source>Export the model</source>
   <translation>导出模型</translation>
  </message>
  <message>
   <source>From</source>
   <translation>来源</translation>
  </message>
  <message>
   <source>Import a model</source>
   <translation>导入模型</translation>
  </message>
  <message>
   <source>Look into a model</source>
   <translation>查看模型</translation>
  </message>
  <message>
   <source>MedHash</source>
   <translation>MedHash</translation>
  </message>
  <message>
   <source>Method</source>
   <translation>方法</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Models (*{suffix});;All files (*)</source>
   <translation>模型 (*{suffix});;所有文件 (*)</translation>
  </message>
  <message>
   <source>Models of this computer</source>
   <translation>这台计算机上的模型</translation>
  </message>
  <message>
   <source>Other libraries of the open folder</source>
   <translation>已打开文件夹的其他图库</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Place</source>
   <translation>位置</translation>
  </message>
  <message>
   <source>The model is being checked…</source>
   <translation>正在检查模型…</translation>
  </message>
  <message>
   <source>The model was written to {file}.</source>
   <translation>模型已写入 {file}。</translation>
  </message>
  <message>
   <source>you</source>
   <translation>您</translation>
  </message>
  <message>
   <source>{name} is in use now.</source>
   <translation>正在使用 {name}。</translation>
  </message>
  <message>
   <source>“{name}” is sound: this is its card. It is not among your models, and no code of its maker was run.</source>
   <translation>“{name}”完好，上面是它的卡片。它未加入您的模型，也没有运行其制作者的任何代码。</translation>
  </message>
  <message>
   <source>“{name}” was checked and is among your models.</source>
   <translation>“{name}”已检查，现为您的模型之一。</translation>
  </message>
 </context>
 <context>
  <name>MonitorPage</name>
  <message>
   <source>&amp;Go on</source>
   <translation>继续(&amp;G)</translation>
  </message>
  <message>
   <source>&amp;Pause</source>
   <translation>暂停(&amp;P)</translation>
  </message>
  <message>
   <source>Goes on when &amp;MedHash is closed</source>
   <translation>关闭 MedHash 后仍继续(&amp;M)</translation>
  </message>
  <message>
   <source>It loads what it needs; that takes a moment.</source>
   <translation>正在加载所需内容，请稍候。</translation>
  </message>
  <message>
   <source>Learning rate</source>
   <translation>学习率</translation>
  </message>
  <message>
   <source>Loss by term</source>
   <translation>各项损失</translation>
  </message>
  <message>
   <source>Paused. It goes on after the last whole epoch.</source>
   <translation>已暂停。将从最后一个完整的轮次之后继续。</translation>
  </message>
  <message>
   <source>Paused. It goes on exactly where it was.</source>
   <translation>已暂停。将从原处继续。</translation>
  </message>
  <message>
   <source>Pre-training: pictures that find their own second view</source>
   <translation>预训练：能找到自身另一视图的图像比例</translation>
  </message>
  <message>
   <source>Progress of the run</source>
   <translation>运行的进度</translation>
  </message>
  <message>
   <source>Start anew: {change}</source>
   <translation>重新开始：{change}</translation>
  </message>
  <message>
   <source>Stopping after this step…</source>
   <translation>本步之后停止…</translation>
  </message>
  <message>
   <source>Stops after this step; nothing is lost, memory is given back</source>
   <translation>在本步之后停止；不会丢失任何内容，内存会释放</translation>
  </message>
  <message>
   <source>The model is there when the run has finished.</source>
   <translation>运行结束后即有模型。</translation>
  </message>
  <message>
   <source>The training process is getting ready…</source>
   <translation>训练进程正在准备…</translation>
  </message>
  <message>
   <source>The training process is starting…</source>
   <translation>训练进程正在启动…</translation>
  </message>
  <message>
   <source>This window can be closed and searching goes on; the run is a process of its own and is found again.</source>
   <translation>可以关闭此窗口并继续检索；运行是独立的进程，之后会再次找到。</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Validation: MAP@10</source>
   <translation>验证：MAP@10</translation>
  </message>
  <message>
   <source>What a validation picture finds</source>
   <translation>一幅验证图像找到的结果</translation>
  </message>
  <message>
   <source>What three validation pictures find after epoch {epoch}; a frame marks the same label</source>
   <translation>第 {epoch} 轮后三幅验证图像找到的结果；边框表示标签相同</translation>
  </message>
  <message>
   <source>asks</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>best validation MAP@10 {value:.3f} after epoch {epoch}</source>
   <translation>最佳验证 MAP@10 {value:.3f}，在第 {epoch} 轮之后</translation>
  </message>
  <message>
   <source>chance</source>
   <translation>随机</translation>
  </message>
  <message>
   <source>comparing files</source>
   <translation>正在比较文件</translation>
  </message>
  <message>
   <source>epoch</source>
   <translation>轮</translation>
  </message>
  <message>
   <source>learning</source>
   <translation>正在学习</translation>
  </message>
  <message>
   <source>looking at each picture once</source>
   <translation>正在逐幅查看图像</translation>
  </message>
  <message>
   <source>one bit a label</source>
   <translation>每个标签一位</translation>
  </message>
  <message>
   <source>opening pictures</source>
   <translation>正在打开图像</translation>
  </message>
  <message>
   <source>telling pictures apart without labels</source>
   <translation>正在无标签地区分图像</translation>
  </message>
  <message>
   <source>this run</source>
   <translation>此次运行</translation>
  </message>
  <message>
   <source>untrained</source>
   <translation>未训练</translation>
  </message>
  <message>
   <source>writing the model and opening the test</source>
   <translation>正在写入模型并打开测试</translation>
  </message>
  <message>
   <source>{n:.1f} h left</source>
   <translation>剩余 {n:.1f} 小时</translation>
  </message>
  <message>
   <source>{n} min left</source>
   <translation>剩余 {n} 分</translation>
  </message>
  <message>
   <source>{n} s left</source>
   <translation>剩余 {n} 秒</translation>
  </message>
  <message>
   <source>{rate:.0f} pictures a second</source>
   <translation>每秒 {rate:.0f} 幅图像</translation>
  </message>
  <message>
   <source>{time} in this phase</source>
   <translation>本阶段{time}</translation>
  </message>
  <message>
   <source>“{title}” is ready, as it was after epoch {epoch}.</source>
   <translation>“{title}”已就绪，状态为第 {epoch} 轮之后。</translation>
  </message>
  <message>
   <source>“{title}”: epoch {done} of {epochs} is done.</source>
   <translation>“{title}”：{epochs} 轮中已完成第 {done} 轮。</translation>
  </message>
  <message>
   <source>“{title}”: epoch {done} of {epochs} of the pre-training without labels is done; then it trains.</source>
   <translation>“{title}”：无标签预训练已完成第 {done} 轮（共 {epochs} 轮），随后开始训练。</translation>
  </message>
 </context>
 <context>
  <name>MoreBar</name>
  <message>
   <source>1 is the distance between pictures with the label and without</source>
   <translation>1 表示带有此标签与不带此标签的图像之间的距离</translation>
  </message>
  <message>
   <source>Ask about the picture as it is again</source>
   <translation>重新按图像原样查询</translation>
  </message>
  <message>
   <source>Finding to show more of</source>
   <translation>要更多表现的所见</translation>
  </message>
  <message>
   <source>How far the query is moved</source>
   <translation>查询移动的幅度</translation>
  </message>
  <message>
   <source>More of</source>
   <translation>更多</translation>
  </message>
  <message>
   <source>Take back</source>
   <translation>撤回</translation>
  </message>
  <message>
   <source>The query's code is moved towards pictures with this label</source>
   <translation>查询的编码会朝带有此标签的图像移动</translation>
  </message>
  <message>
   <source>nothing</source>
   <translation>无</translation>
  </message>
  <message>
   <source>strength </source>
   <translation>强度 </translation>
  </message>
  <message>
   <source>{changed} of {bits} bits were turned over, as {with_it} patients with it differ from {without} without. Distances are to the moved code.</source>
   <translation>按 {with_it} 位有此所见与 {without} 位无此所见患者的差异，翻转了 {changed} 位（共 {bits} 位）。距离是到移动后编码的距离。</translation>
  </message>
 </context>
 <context>
  <name>OptionsPage</name>
  <message>
   <source>&amp;Everything, for experts</source>
   <translation>全部选项，供专家使用(&amp;E)</translation>
  </message>
  <message>
   <source>&amp;Full: nearly everything, for a computer with a GPU</source>
   <translation>完整：几乎全部，适合有 GPU 的计算机(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Kind of pictures</source>
   <translation>图像种类(&amp;K)</translation>
  </message>
  <message>
   <source>&amp;Measure again</source>
   <translation>重新测量(&amp;M)</translation>
  </message>
  <message>
   <source>&amp;Name of the model</source>
   <translation>模型名称(&amp;N)</translation>
  </message>
  <message>
   <source>&amp;Quick: only the last layer, minutes on this computer</source>
   <translation>快速：只训练最后一层，本机只需几分钟(&amp;Q)</translation>
  </message>
  <message>
   <source>&amp;Start from</source>
   <translation>起点(&amp;S)</translation>
  </message>
  <message>
   <source>&amp;Thorough: its last blocks, too</source>
   <translation>深入：也训练最后几块(&amp;T)</translation>
  </message>
  <message>
   <source>&amp;Who may use it</source>
   <translation>谁可以使用(&amp;W)</translation>
  </message>
  <message>
   <source>A &amp;file…</source>
   <translation>文件(&amp;F)…</translation>
  </message>
  <message>
   <source>A model that was itself trained on these pictures has seen the test: its figures will be too good.</source>
   <translation>若某个模型本身就是用这些图像训练的，它已经见过测试部分：其指标会偏高。</translation>
  </message>
  <message>
   <source>Choose weights to start from</source>
   <translation>选择起始权重</translation>
  </message>
  <message>
   <source>From ever new views of each picture. Worth it with thousands of pictures and a graphics card.</source>
   <translation>从每幅图像不断生成新的视图。图像达数千幅并有显卡时值得使用。</translation>
  </message>
  <message>
   <source>Give the model a name, so that you find it again.</source>
   <translation>请为模型命名，以便再次找到它。</translation>
  </message>
  <message>
   <source>It also learns to see what sets your pictures apart. Better where they differ from those that it knows.</source>
   <translation>它还会学习看出您的图像的独特之处。若您的图像与它所知的不同，效果更好。</translation>
  </message>
  <message>
   <source>It stands on the model's card. Data and starting weights decide.</source>
   <translation>已写在模型卡上。由数据和起始权重决定。</translation>
  </message>
  <message>
   <source>More time gives the network more freedom to learn. Start with the quick one: it shows within minutes whether these labels can be found.</source>
   <translation>时间越多，网络的学习自由越大。请先用快速方式：几分钟内即可看出能否找到这些标签。</translation>
  </message>
  <message>
   <source>Not stated: for this institution only</source>
   <translation>未说明：仅限本机构</translation>
  </message>
  <message>
   <source>Random numbers (far more pictures and time)</source>
   <translation>随机数（需要多得多的图像和时间）</translation>
  </message>
  <message>
   <source>The network sees as it did before; what it sees is put into bits anew, so that your labels are found.</source>
   <translation>网络的观察方式不变；把它所见重新变成位，使您的标签得以被找到。</translation>
  </message>
  <message>
   <source>Weights (*.safetensors)</source>
   <translation>权重 (*.safetensors)</translation>
  </message>
  <message>
   <source>Weights of a backbone, or the folder of a model</source>
   <translation>主干网络的权重，或模型文件夹</translation>
  </message>
  <message>
   <source>What it takes</source>
   <translation>所需的代价</translation>
  </message>
  <message>
   <source>What the network starts from</source>
   <translation>网络的起点</translation>
  </message>
  <message>
   <source>What to train</source>
   <translation>训练哪些部分</translation>
  </message>
  <message>
   <source>about {n:.1f} hours</source>
   <translation>约 {n:.1f} 小时</translation>
  </message>
  <message>
   <source>about {n} minutes</source>
   <translation>约 {n} 分钟</translation>
  </message>
  <message>
   <source>about {n} s</source>
   <translation>约 {n} 秒</translation>
  </message>
  <message>
   <source>changed, not measured</source>
   <translation>已更改，尚未测量</translation>
  </message>
  <message>
   <source>chest film, fundus, …</source>
   <translation>胸片、眼底、…</translation>
  </message>
  <message>
   <source>measuring a few steps on this computer…</source>
   <translation>正在这台计算机上测量几步…</translation>
  </message>
  <message>
   <source>not possible here</source>
   <translation>在这台计算机上不可行</translation>
  </message>
  <message>
   <source>{folder}, trained here</source>
   <translation>{folder}，在此训练</translation>
  </message>
  <message>
   <source>{time}, {memory:.1f} GB of memory</source>
   <translation>{time}，内存 {memory:.1f} GB</translation>
  </message>
 </context>
 <context>
  <name>OverlayBar</name>
  <message>
   <source>Attention</source>
   <translation>注意力</translation>
  </message>
  <message>
   <source>Code contribution</source>
   <translation>编码贡献</translation>
  </message>
  <message>
   <source>Colours</source>
   <translation>颜色</translation>
  </message>
  <message>
   <source>Colours of the saliency maps</source>
   <translation>显著图的颜色</translation>
  </message>
  <message>
   <source>How strongly the map covers the picture</source>
   <translation>显著图覆盖图像的强度</translation>
  </message>
  <message>
   <source>Map</source>
   <translation>显著图</translation>
  </message>
  <message>
   <source>Opacity</source>
   <translation>不透明度</translation>
  </message>
  <message>
   <source>Opacity of the saliency maps</source>
   <translation>显著图的不透明度</translation>
  </message>
  <message>
   <source>Show the saliency maps</source>
   <translation>显示显著图</translation>
  </message>
  <message>
   <source>Show where the network looked (O)</source>
   <translation>显示网络关注的位置 (O)</translation>
  </message>
  <message>
   <source>What both share</source>
   <translation>两者共有</translation>
  </message>
  <message>
   <source>What the saliency maps show</source>
   <translation>显著图显示的内容</translation>
  </message>
 </context>
 <context>
  <name>Palette</name>
  <message>
   <source>Commands</source>
   <translation>命令</translation>
  </message>
  <message>
   <source>Kept search: {name}</source>
   <translation>已保存的检索:{name}</translation>
  </message>
  <message>
   <source>What to do</source>
   <translation>要做什么</translation>
  </message>
  <message>
   <source>Words of a command</source>
   <translation>命令中的词</translation>
  </message>
  <message>
   <source>{menu}: {command}</source>
   <translation>{menu}：{command}</translation>
  </message>
 </context>
 <context>
  <name>PatientBanner</name>
  <message>
   <source>Hit: {patient}</source>
   <translation>结果：{patient}</translation>
  </message>
  <message>
   <source>Hit: {patient}, the same patient</source>
   <translation>结果：{patient}，同一患者</translation>
  </message>
  <message>
   <source>Patient of the hit</source>
   <translation>结果的患者</translation>
  </message>
  <message>
   <source>Patient of the query</source>
   <translation>查询的患者</translation>
  </message>
  <message>
   <source>Query: {patient}</source>
   <translation>查询：{patient}</translation>
  </message>
  <message>
   <source>patient not known</source>
   <translation>患者未知</translation>
  </message>
 </context>
 <context>
  <name>PicturePanel</name>
  <message>
   <source>Dashed: its strongest part.</source>
   <translation>虚线：其最强的部分。</translation>
  </message>
  <message>
   <source>Dotted: what its local branch was shown.</source>
   <translation>点线：网络的局部分支所看到的部分。</translation>
  </message>
  <message>
   <source>Map: the network's attention, scaled to this picture.</source>
   <translation>显著图：网络的注意力，按本图缩放。</translation>
  </message>
  <message>
   <source>Map: what carries the shared bits, one scale for all hits.</source>
   <translation>显著图：承载共有位的区域，所有结果使用同一尺度。</translation>
  </message>
  <message>
   <source>Map: what speaks for the code, scaled to this picture.</source>
   <translation>显著图：对编码的贡献，按本图缩放。</translation>
  </message>
 </context>
 <context>
  <name>PlanSummary</name>
  <message>
   <source>1 file could belong to several rows.</source>
   <translation>有 1 个文件可能对应多行。</translation>
  </message>
  <message>
   <source>1 row matches no file.</source>
   <translation>有 1 行没有对应的文件。</translation>
  </message>
  <message>
   <source>Files without a row</source>
   <translation>表格中没有对应行的文件</translation>
  </message>
  <message>
   <source>Is this the table of another folder?</source>
   <translation>这是另一个文件夹的表格吗？</translation>
  </message>
  <message>
   <source>Labels: {told}</source>
   <translation>标签：{told}</translation>
  </message>
  <message>
   <source>Looking at the folder…</source>
   <translation>正在查看文件夹…</translation>
  </message>
  <message>
   <source>More than one row, or file, could be meant.</source>
   <translation>可能对应多行或多个文件。</translation>
  </message>
  <message>
   <source>No file of the folder fits this row.</source>
   <translation>文件夹中没有与此行对应的文件。</translation>
  </message>
  <message>
   <source>No row of the table names this file.</source>
   <translation>表格中没有与此文件对应的行。</translation>
  </message>
  <message>
   <source>Not clear</source>
   <translation>不明确</translation>
  </message>
  <message>
   <source>Rows without a file</source>
   <translation>没有对应文件的行</translation>
  </message>
  <message>
   <source>Show the &amp;lists…</source>
   <translation>显示列表(&amp;L)…</translation>
  </message>
  <message>
   <source>What fits nothing</source>
   <translation>没有对应的项</translation>
  </message>
  <message>
   <source>What the choices come to</source>
   <translation>这些选择的结果</translation>
  </message>
  <message>
   <source>{count:,} files could belong to several rows.</source>
   <translation>有 {count:,} 个文件可能对应多行。</translation>
  </message>
  <message>
   <source>{count:,} files of the folder can be pictures.</source>
   <translation>文件夹中有 {count:,} 个文件可能是图像。</translation>
  </message>
  <message>
   <source>{count:,} rows match no file.</source>
   <translation>有 {count:,} 行没有对应的文件。</translation>
  </message>
  <message>
   <source>{label} ({count:,})</source>
   <translation>{label}（{count:,}）</translation>
  </message>
  <message>
   <source>{matched:,} of {count:,} files have a row.</source>
   <translation>{count:,} 个文件中有 {matched:,} 个有对应的行。</translation>
  </message>
  <message>
   <source>{told} and {count:,} more</source>
   <translation>{told}，另有 {count:,} 个</translation>
  </message>
 </context>
 <context>
  <name>PrivacyDialog</name>
  <message>
   <source>Beside it: code, path, size and time of the file, a digest of its content, and labels. No name, date of birth or number in clear, and no pixels.</source>
   <translation>此外还有：编码、文件的路径、大小和时间、内容摘要以及标签。不含明文的姓名、出生日期或号码，也不含像素。</translation>
  </message>
  <message>
   <source>Copy as text</source>
   <translation>复制为文本</translation>
  </message>
  <message>
   <source>Identifying elements</source>
   <translation>可识别身份的元素</translation>
  </message>
  <message>
   <source>Kept</source>
   <translation>保存的内容</translation>
  </message>
  <message>
   <source>Paths and reports</source>
   <translation>路径与报告</translation>
  </message>
  <message>
   <source>Patients</source>
   <translation>患者</translation>
  </message>
  <message>
   <source>Taken from</source>
   <translation>来源</translation>
  </message>
  <message>
   <source>Text in the pictures</source>
   <translation>图像中的文字</translation>
  </message>
  <message>
   <source>The whole list of what is kept of a header or a table row</source>
   <translation>从文件头或表格行中保存的全部内容</translation>
  </message>
  <message>
   <source>What is kept of headers and tables</source>
   <translation>从文件头和表格中保存的内容</translation>
  </message>
  <message>
   <source>What this library keeps: {name}</source>
   <translation>此图库保存的内容：{name}</translation>
  </message>
 </context>
 <context>
  <name>PrivacyWords</name>
  <message>
   <source>Age, ten-year band</source>
   <translation>年龄（十岁分段）</translation>
  </message>
  <message>
   <source>Body part</source>
   <translation>检查部位</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Filled in, in the headers of the files, and not kept here: {told}. Whoever gets the files gets these.</source>
   <translation>文件头中已填写、但此处不保存：{told}。得到文件的人也会得到这些信息。</translation>
  </message>
  <message>
   <source>Frames in the file</source>
   <translation>文件中的帧数</translation>
  </message>
  <message>
   <source>How the label was confirmed</source>
   <translation>标签的确认方式</translation>
  </message>
  <message>
   <source>In {count:,} pictures text may be burned in. That is a guess, from: {told}. Look at them before you share pictures or screenshots.</source>
   <translation>有 {count:,} 幅图像可能烧录了文字。这是根据以下内容的猜测：{told}。在分享图像或截图之前请先查看。</translation>
  </message>
  <message>
   <source>It was merged from libraries with different keys: one patient may count as several.</source>
   <translation>它由密钥不同的图库合并而成：一位患者可能被计为多位。</translation>
  </message>
  <message>
   <source>Maker of the device</source>
   <translation>设备厂商</translation>
  </message>
  <message>
   <source>Modality</source>
   <translation>模态</translation>
  </message>
  <message>
   <source>Names of identifying elements</source>
   <translation>可识别身份的元素名称</translation>
  </message>
  <message>
   <source>No identifying element is filled in, in any header.</source>
   <translation>所有文件头中都没有填写可识别身份的元素。</translation>
  </message>
  <message>
   <source>No path was found to name its patient.</source>
   <translation>没有发现含有患者姓名的路径。</translation>
  </message>
  <message>
   <source>No sign of text was found in the pictures. That is no proof.</source>
   <translation>没有在图像中发现文字的迹象。这并不是证明。</translation>
  </message>
  <message>
   <source>Not known of all pictures; none was found in the others.</source>
   <translation>并非所有图像都已知；其余图像中没有发现。</translation>
  </message>
  <message>
   <source>Of {count:,} pictures it is not known: they were indexed before headers and text were looked at. Index the folder into a new library.</source>
   <translation>有 {count:,} 幅图像情况未知：它们在检查文件头和文字之前就已索引。请将文件夹索引到新的图库。</translation>
  </message>
  <message>
   <source>Of {count:,} pictures the patient is not known.</source>
   <translation>有 {count:,} 幅图像的患者未知。</translation>
  </message>
  <message>
   <source>Path names the patient</source>
   <translation>路径含有患者信息</translation>
  </message>
  <message>
   <source>Report text</source>
   <translation>报告文本</translation>
  </message>
  <message>
   <source>Report texts of {count:,} pictures are kept as the table gave them; read them for names before you share the library.</source>
   <translation>{count:,} 幅图像的报告文本按表格原样保存；分享图库之前请检查其中是否有姓名。</translation>
  </message>
  <message>
   <source>Series, as a keyed hash</source>
   <translation>序列（加密哈希）</translation>
  </message>
  <message>
   <source>Sex</source>
   <translation>性别</translation>
  </message>
  <message>
   <source>Side</source>
   <translation>侧别</translation>
  </message>
  <message>
   <source>Text in the picture</source>
   <translation>图像中的文字</translation>
  </message>
  <message>
   <source>The files carry names or numbers of patients</source>
   <translation>文件中带有患者的姓名或号码</translation>
  </message>
  <message>
   <source>View</source>
   <translation>体位</translation>
  </message>
  <message>
   <source>a column of the table</source>
   <translation>表格中的一列</translation>
  </message>
  <message>
   <source>declared in the header, or a guess</source>
   <translation>文件头中声明，或为猜测</translation>
  </message>
  <message>
   <source>id or name found in the path</source>
   <translation>在路径中发现编号或姓名</translation>
  </message>
  <message>
   <source>text may be burned into {count:,} pictures (a guess)</source>
   <translation>{count:,} 幅图像可能烧录了文字（猜测）</translation>
  </message>
  <message>
   <source>which are filled in</source>
   <translation>已填写的元素</translation>
  </message>
  <message>
   <source>{count:,} paths hold the name or the number of their patient. The library keeps paths as they are; rename the files before you share it.</source>
   <translation>{count:,} 个路径含有患者的姓名或号码。图库按原样保存路径；分享之前请重命名文件。</translation>
  </message>
  <message>
   <source>{count:,} paths name a patient</source>
   <translation>{count:,} 个路径含有患者身份</translation>
  </message>
  <message>
   <source>{count:,} pictures declare text burned in</source>
   <translation>{count:,} 幅图像声明烧录了文字</translation>
  </message>
  <message>
   <source>{count:,} pictures declare text burned in.</source>
   <translation>{count:,} 幅图像声明烧录了文字。</translation>
  </message>
  <message>
   <source>{count:,} pictures declare that none is burned in.</source>
   <translation>{count:,} 幅图像声明没有烧录文字。</translation>
  </message>
  <message>
   <source>{count:,} records of files that are gone are kept, with their paths.</source>
   <translation>保存着 {count:,} 条已消失文件的记录及其路径。</translation>
  </message>
  <message>
   <source>{element} ({count:,})</source>
   <translation>{element}（{count:,}）</translation>
  </message>
  <message>
   <source>{images:,} pictures of {patients:,} patients and {cases:,} cases, each known by a number that only this library's key can make.</source>
   <translation>{patients:,} 位患者、{cases:,} 个病例的 {images:,} 幅图像，各以只有本图库密钥才能生成的编号标识。</translation>
  </message>
  <message>
   <source>{told} and {count:,} more</source>
   <translation>{told}，另有 {count:,} 个</translation>
  </message>
  <message>
   <source>{why} ({count:,})</source>
   <translation>{why}（{count:,}）</translation>
  </message>
 </context>
 <context>
  <name>QueryPanel</name>
  <message>
   <source>Drop, paste or open an image
to find the pictures most like it.</source>
   <translation>拖入、粘贴或打开一幅图像，
查找与它最相像的图像。</translation>
  </message>
  <message>
   <source>Query</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>Query picture</source>
   <translation>查询图像</translation>
  </message>
  <message>
   <source>Searching…</source>
   <translation>正在检索…</translation>
  </message>
  <message>
   <source>The model was not trained on pictures like this one. Its hits may mean little.</source>
   <translation>模型没有用这类图像训练过。其结果可能意义不大。</translation>
  </message>
  <message>
   <source>{size}  ·  asked about a region of it</source>
   <translation>{size}  ·  检索的是其中一个区域</translation>
  </message>
  <message>
   <source>{size}  ·  in the library through another window</source>
   <translation>{size}  ·  图库中以另一个窗保存</translation>
  </message>
  <message>
   <source>{size}  ·  in the library, asked about a region of it</source>
   <translation>{size}  ·  已在图库中，检索的是其中一个区域</translation>
  </message>
  <message>
   <source>{size}  ·  in the library, its stored code was used</source>
   <translation>{size}  ·  已在图库中，使用了已存的编码</translation>
  </message>
  <message>
   <source>{width} × {height} px</source>
   <translation>{width} × {height} 像素</translation>
  </message>
 </context>
 <context>
  <name>ReliabilityPlot</name>
  <message>
   <source>How often held-out pictures bore what their neighbours bore</source>
   <translation>留出图像带有其相邻病例所带标签的频率</translation>
  </message>
  <message>
   <source>how many of {k} neighbours bore it</source>
   <translation>{k} 个相邻病例中带有它的个数</translation>
  </message>
  <message>
   <source>pictures that bore it</source>
   <translation>带有它的图像</translation>
  </message>
  <message>
   <source>{count} of {k} neighbours: {bearing:,} of {counted:,} bore it ({low:.0%} to {high:.0%})</source>
   <translation>{k} 个相邻病例中有 {count} 个：{counted:,} 张中有 {bearing:,} 张带有（{low:.0%} 至 {high:.0%}）</translation>
  </message>
 </context>
 <context>
  <name>ReliabilityView</name>
  <message>
   <source>Fewer than {least} held-out patients had such a count of {label}: too few to tell what it means.</source>
   <translation>有“{label}”这一计数的留出患者少于 {least} 名：太少，无法说明其含义。</translation>
  </message>
  <message>
   <source>It is more frequent here than there.</source>
   <translation>它在本库中更常见。</translation>
  </message>
  <message>
   <source>It is rarer here, so such a count means less.</source>
   <translation>它在本库中更少见，因此这样的计数说明得更少。</translation>
  </message>
  <message>
   <source>Label whose count is told</source>
   <translation>要说明计数的标签</translation>
  </message>
  <message>
   <source>No held-out picture of this model bore {label}: what such a count means was not measured.</source>
   <translation>此模型的留出图像中没有带“{label}”的：未测量这样的计数意味着什么。</translation>
  </message>
  <message>
   <source>Of all held-out pictures {there:.0%} bore it, of this library {here:.0%}.</source>
   <translation>全部留出图像中 {there:.0%} 带有它，本库中为 {here:.0%}。</translation>
  </message>
  <message>
   <source>The query is unlike the held-out pictures of this model: what such counts meant on them does not hold for it.</source>
   <translation>查询图像与此模型的留出图像不相像：这样的计数在它们上意味着什么，对它并不成立。</translation>
  </message>
  <message>
   <source>Too few held-out patients had such a count of {label} alone. Over all labels, of {counted:,} counts of {which} among {k} nearest cases, the picture bore the label in {bearing:,} ({value:.0%}; 95 % interval {low:.0%} to {high:.0%}).</source>
   <translation>仅就“{label}”而言，有这一计数的留出患者太少。就全部标签而言，在最近的 {k} 个病例中计数为 {which} 的有 {counted:,} 次，其中 {bearing:,} 次图像本身带有该标签（{value:.0%}；95% 区间 {low:.0%} 至 {high:.0%}）。</translation>
  </message>
  <message>
   <source>What such counts mean was measured for {measured} nearest cases, not for {count}.</source>
   <translation>这样的计数意味着什么，只对最近的 {measured} 个病例测量过，未对 {count} 个测量。</translation>
  </message>
  <message>
   <source>What such counts mean was measured with single whole pictures, asked of all others. Here are filters, marks, more pictures, a region or the own patient, so it does not hold.</source>
   <translation>这样的计数说明什么，是用单幅完整图像对其他全部图像查询测得的。这里有筛选、标记、更多图像、区域或同一患者，因此不适用。</translation>
  </message>
  <message>
   <source>What such counts mean was not measured for this model: they are no probability.</source>
   <translation>未对此模型测量这样的计数意味着什么：它们不是概率。</translation>
  </message>
  <message>
   <source>{label}: of {counted:,} held-out pictures for which {which} of {k} nearest cases bore it, {bearing:,} bore it ({value:.0%}; 95 % interval {low:.0%} to {high:.0%}). Whose they are is not known.</source>
   <translation>{label}：最近的 {k} 个病例中有 {which} 个带有它的留出图像共 {counted:,} 张，其中 {bearing:,} 张带有它（{value:.0%}；95% 区间 {low:.0%} 至 {high:.0%}）。这些图像属于谁并不清楚。</translation>
  </message>
  <message>
   <source>{label}: of {counted:,} held-out pictures of {patients:,} patients for which {which} of {k} nearest cases bore it, {bearing:,} bore it ({value:.0%}; 95 % interval {low:.0%} to {high:.0%}).</source>
   <translation>{label}：最近的 {k} 个病例中有 {which} 个带有它的留出图像共 {counted:,} 张（{patients:,} 名患者），其中 {bearing:,} 张带有它（{value:.0%}；95% 区间 {low:.0%} 至 {high:.0%}）。</translation>
  </message>
  <message>
   <source>{low} to {high}</source>
   <translation>{low} 至 {high}</translation>
  </message>
 </context>
 <context>
  <name>ReportDialog</name>
  <message>
   <source>Also pictures in which letters may be written</source>
   <translation>也包括可能写有文字的图像</translation>
  </message>
  <message>
   <source>Choose the file of the report</source>
   <translation>选择报告文件</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>Cover what seems to hold letters</source>
   <translation>遮盖疑似含有文字之处</translation>
  </message>
  <message>
   <source>File</source>
   <translation>文件</translation>
  </message>
  <message>
   <source>File of the report</source>
   <translation>报告文件</translation>
  </message>
  <message>
   <source>HTML, PDF, CSV or JSON, by the ending of the name. A report names no patient, no path and no file: patients by pseudonym, pictures by the first digits of their content's digest. For research and education only; it says so itself.</source>
   <translation>由文件名后缀决定 HTML、PDF、CSV 或 JSON。报告不含患者姓名、路径和文件名：患者用假名，图像用其内容摘要的前几位。仅供研究和教学；报告中也如此注明。</translation>
  </message>
  <message>
   <source>How many of the nearest hits</source>
   <translation>最接近结果的数量</translation>
  </message>
  <message>
   <source>Nearest hits</source>
   <translation>最接近的结果</translation>
  </message>
  <message>
   <source>Only if you have looked, and they name nobody. Boxes that you masked in the export of pictures are covered in any case.</source>
   <translation>仅当您已查看且其中未出现任何人的姓名时。您在导出图像时遮盖的区域在任何情况下都会被遮盖。</translation>
  </message>
  <message>
   <source>Report of this query</source>
   <translation>本次查询的报告</translation>
  </message>
  <message>
   <source>Reports (*.html *.pdf *.csv *.json)</source>
   <translation>报告 (*.html *.pdf *.csv *.json)</translation>
  </message>
  <message>
   <source>The name</source>
   <translation>文件名</translation>
  </message>
  <message>
   <source>With pictures and maps</source>
   <translation>包括图像和显著图</translation>
  </message>
  <message>
   <source>Write over a file that is there</source>
   <translation>覆盖已有文件</translation>
  </message>
  <message>
   <source>Write the report</source>
   <translation>写入报告</translation>
  </message>
  <message>
   <source>{name} does not end in .html, .pdf, .csv or .json.</source>
   <translation>{name} 的后缀不是 .html、.pdf、.csv 或 .json。</translation>
  </message>
 </context>
 <context>
  <name>Reporting</name>
  <message>
   <source>It names no patient and no file. For research and education.</source>
   <translation>其中不含患者和文件的名称。仅供研究和教学。</translation>
  </message>
  <message>
   <source>Saved as {file}.</source>
   <translation>已保存为 {file}。</translation>
  </message>
  <message>
   <source>They name no patient. For research and education.</source>
   <translation>其中不含患者姓名。仅供研究和教学。</translation>
  </message>
  <message>
   <source>{count} files are in {folder} now.</source>
   <translation>{count} 个文件已保存到 {folder}。</translation>
  </message>
 </context>
 <context>
  <name>ResearchNotice</name>
  <message>
   <source>Before you begin</source>
   <translation>开始之前</translation>
  </message>
  <message>
   <source>For research and education only</source>
   <translation>仅供研究和教学</translation>
  </message>
  <message>
   <source>I understand</source>
   <translation>我已了解</translation>
  </message>
  <message>
   <source>MedHash finds pictures that look alike to a network. It is not a medical device. It names no diagnosis, and a similar picture is no evidence that two patients have the same disease.

Do not use it for the diagnosis or treatment of a patient. Every report that it writes says so, too.</source>
   <translation>MedHash 查找在网络看来相像的图像。它不是医疗器械，不给出诊断；图像相似并不证明两位患者患有同一种疾病。

请勿用于患者的诊断或治疗。它写出的每份报告也都如此注明。</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>退出</translation>
  </message>
 </context>
 <context>
  <name>ResultsGrid</name>
  <message>
   <source>All labels</source>
   <translation>所有标签</translation>
  </message>
  <message>
   <source>Each patient once</source>
   <translation>每位患者只显示一次</translation>
  </message>
  <message>
   <source>Filters</source>
   <translation>筛选</translation>
  </message>
  <message>
   <source>Filters ({count})</source>
   <translation>筛选（{count}）</translation>
  </message>
  <message>
   <source>For this model no distance told more than chance on held-out pictures.</source>
   <translation>对该模型而言，在留出图像上没有任何距离能提供超出随机的信息。</translation>
  </message>
  <message>
   <source>Hits</source>
   <translation>结果</translation>
  </message>
  <message>
   <source>Hits, nearest first</source>
   <translation>结果，最接近的在前</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>No other picture bears this label. Choose all labels.</source>
   <translation>没有其他图像带有此标签。请选择所有标签。</translation>
  </message>
  <message>
   <source>No other picture passes the filters. Take one away.</source>
   <translation>没有其他图像通过筛选。请去掉一个条件。</translation>
  </message>
  <message>
   <source>Only hits that bear this label</source>
   <translation>只显示带有此标签的结果</translation>
  </message>
  <message>
   <source>Pictures of the query's own patient</source>
   <translation>查询患者本人的图像</translation>
  </message>
  <message>
   <source>Same patient</source>
   <translation>同一患者</translation>
  </message>
  <message>
   <source>Same patient: included</source>
   <translation>同一患者：包括</translation>
  </message>
  <message>
   <source>Same patient: left out</source>
   <translation>同一患者：排除</translation>
  </message>
  <message>
   <source>Summary of the search</source>
   <translation>检索摘要</translation>
  </message>
  <message>
   <source>The library holds no other picture to compare with.</source>
   <translation>图库中没有其他可比较的图像。</translation>
  </message>
  <message>
   <source>The library holds no picture yet.</source>
   <translation>图库中还没有图像。</translation>
  </message>
  <message>
   <source>The pictures most like the query appear here.</source>
   <translation>与查询最相像的图像显示在这里。</translation>
  </message>
  <message>
   <source>The query's own patient, shown apart and not ranked</source>
   <translation>查询患者本人的图像，单独显示，不参与排序</translation>
  </message>
  <message>
   <source>What becomes of other pictures of the query's own patient</source>
   <translation>如何处理查询患者本人的其他图像</translation>
  </message>
  <message>
   <source>farthest of {count:,} pictures compared</source>
   <translation>已比较 {count:,} 幅图像,最不相似的在前</translation>
  </message>
  <message>
   <source>nearest of {count:,} pictures compared</source>
   <translation>比较了 {count:,} 幅图像，最接近的在前</translation>
  </message>
  <message>
   <source>searching…</source>
   <translation>正在检索…</translation>
  </message>
  <message>
   <source>{count:,} pictures compared with the moved code</source>
   <translation>已与移动后的编码比较 {count:,} 张图像</translation>
  </message>
  <message>
   <source>{count:,} pictures whose reports have the words</source>
   <translation>{count:,} 幅图像的报告含有这些词</translation>
  </message>
  <message>
   <source>{count:,} rarer labels are not listed</source>
   <translation>另有 {count:,} 个较少见的标签未列出</translation>
  </message>
  <message>
   <source>{label} ({count:,})</source>
   <translation>{label}（{count:,}）</translation>
  </message>
  <message>
   <source>{near} of the hits differ in {limit} bits or fewer. Farther apart, held-out pairs were not clearly more alike than any two pictures.</source>
   <translation>有 {near} 个结果相差不超过 {limit} 位。相差更大时，留出图像对并不比任意两幅图像明显更相似。</translation>
  </message>
 </context>
 <context>
  <name>SampleTour</name>
  <message>
   <source>Drop a folder of your own on the window to index it.</source>
   <translation>将您自己的文件夹拖到窗口中即可建立索引。</translation>
  </message>
  <message>
   <source>These are synthetic pictures, drawn by MedHash: no patients.</source>
   <translation>这些是 MedHash 绘制的合成图像，不含患者。</translation>
  </message>
 </context>
 <context>
  <name>Searches</name>
  <message>
   <source>Ask with a file, or with words of reports.</source>
   <translation>请用文件检索,或用报告中的词检索。</translation>
  </message>
  <message>
   <source>Find it under Search, Kept searches, or by its name.</source>
   <translation>可在“检索”菜单的“已保存的检索”中找到,或按名称查找。</translation>
  </message>
  <message>
   <source>The search is kept as {name}.</source>
   <translation>检索已保存为 {name}。</translation>
  </message>
  <message>
   <source>There is no search to keep: a pasted picture has no file.</source>
   <translation>没有可保存的检索:粘贴的图像没有文件。</translation>
  </message>
  <message>
   <source>{count} marked hits are not in the library any more.</source>
   <translation>{count} 个已标记的结果已不在图库中。</translation>
  </message>
 </context>
 <context>
  <name>Session</name>
  <message>
   <source>Drop a study folder or open a library; the search follows.</source>
   <translation>请拖入检查文件夹或打开图库；随后即开始检索。</translation>
  </message>
  <message>
   <source>No library is open yet to compare {name} with.</source>
   <translation>还没有打开可与 {name} 比较的图库。</translation>
  </message>
 </context>
 <context>
  <name>ShortcutDialog</name>
  <message>
   <source>&amp;Cancel</source>
   <translation>取消(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Measure</source>
   <translation>测量(&amp;M)</translation>
  </message>
  <message>
   <source>&amp;Neighbours</source>
   <translation>近邻(&amp;N)</translation>
  </message>
  <message>
   <source>&amp;Patients</source>
   <translation>患者(&amp;P)</translation>
  </message>
  <message>
   <source>&amp;Save…</source>
   <translation>保存(&amp;S)…</translation>
  </message>
  <message>
   <source>CSV (*.csv);;JSON (*.json)</source>
   <translation>CSV (*.csv);;JSON (*.json)</translation>
  </message>
  <message>
   <source>Cancelled; below stands what was measured before.</source>
   <translation>已取消；下面是此前测得的结果。</translation>
  </message>
  <message>
   <source>Cancelled; nothing was measured.</source>
   <translation>已取消；没有测量任何内容。</translation>
  </message>
  <message>
   <source>How far measuring has come</source>
   <translation>测量进度</translation>
  </message>
  <message>
   <source>Lift: 0 is what any pictures would share, 1 is all that can be; the line is the 95 % interval, the tick the lift of labels. It counts; it does not say why pictures are near. For research and education only, not for diagnosis.</source>
   <translation>提升度：0 表示与任意图像的相同程度一样，1 表示全部相同；细线为 95 % 区间，竖线为标签的提升度。这里只作统计，不说明图像为何相近。仅供研究和教学，不用于诊断。</translation>
  </message>
  <message>
   <source>Looking at the neighbours of sampled pictures…</source>
   <translation>正在查看抽样图像的近邻…</translation>
  </message>
  <message>
   <source>Neighbours that count</source>
   <translation>计入的近邻数</translation>
  </message>
  <message>
   <source>Patients that are asked for</source>
   <translation>抽取的患者数</translation>
  </message>
  <message>
   <source>S&amp;eed</source>
   <translation>种子(&amp;E)</translation>
  </message>
  <message>
   <source>Save the shortcut audit</source>
   <translation>保存捷径审查</translation>
  </message>
  <message>
   <source>Saved as {file}. It names no patient, no path and no value.</source>
   <translation>已保存为 {file}。其中不含患者、路径或具体取值。</translation>
  </message>
  <message>
   <source>Search with an e&amp;xample</source>
   <translation>用示例检索(&amp;X)</translation>
  </message>
  <message>
   <source>Seed of the sample</source>
   <translation>抽样的种子</translation>
  </message>
  <message>
   <source>Shortcut audit</source>
   <translation>捷径审查</translation>
  </message>
  <message>
   <source>The sampled picture most of whose neighbours share this, but no label</source>
   <translation>抽样图像中，近邻在此项上相同而没有共同标签最多的一幅</translation>
  </message>
  <message>
   <source>What is said of the chosen row</source>
   <translation>对所选行的说明</translation>
  </message>
  <message>
   <source>{name}: {sentence}</source>
   <translation>{name}：{sentence}</translation>
  </message>
 </context>
 <context>
  <name>ShortcutEditor</name>
  <message>
   <source>+  −  or the wheel</source>
   <translation>+  −  或滚轮</translation>
  </message>
  <message>
   <source>0  1</source>
   <translation>0  1</translation>
  </message>
  <message>
   <source>As it came</source>
   <translation>恢复默认</translation>
  </message>
  <message>
   <source>Command</source>
   <translation>命令</translation>
  </message>
  <message>
   <source>In a picture: move</source>
   <translation>在图像中：移动</translation>
  </message>
  <message>
   <source>In a picture: whole, pixel for pixel</source>
   <translation>在图像中：整图、逐像素</translation>
  </message>
  <message>
   <source>In a picture: zoom</source>
   <translation>在图像中：缩放</translation>
  </message>
  <message>
   <source>In the hits: search with the hit</source>
   <translation>在结果中：用该结果检索</translation>
  </message>
  <message>
   <source>Keyboard shortcuts</source>
   <translation>键盘快捷键</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>按键</translation>
  </message>
  <message>
   <source>New keys of the chosen command</source>
   <translation>所选命令的新按键</translation>
  </message>
  <message>
   <source>Return</source>
   <translation>回车</translation>
  </message>
  <message>
   <source>arrows or drag</source>
   <translation>方向键或拖动</translation>
  </message>
  <message>
   <source>{keys} belong to “{command}” already.</source>
   <translation>{keys} 已用于“{command}”。</translation>
  </message>
 </context>
 <context>
  <name>ShortcutWords</name>
  <message>
   <source>Age, ten-year band</source>
   <translation>年龄（十岁分段）</translation>
  </message>
  <message>
   <source>Among pictures that share a label: {agreement:.0%} of neighbours agree, by chance {chance:.0%}; {patients:,} patients.</source>
   <translation>在有共同标签的图像中：{agreement:.0%} 的近邻相同，随机为 {chance:.0%}；{patients:,} 位患者。</translation>
  </message>
  <message>
   <source>Body part</source>
   <translation>检查部位</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>First folder</source>
   <translation>第一级文件夹</translation>
  </message>
  <message>
   <source>How the label was confirmed</source>
   <translation>标签的确认方式</translation>
  </message>
  <message>
   <source>Kind of file</source>
   <translation>文件类型</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Maker of the device</source>
   <translation>设备厂商</translation>
  </message>
  <message>
   <source>Modality</source>
   <translation>模态</translation>
  </message>
  <message>
   <source>Neighbours share it more often than chance; there are no labels to compare with.</source>
   <translation>近邻在此项上相同的情况多于随机；没有可比较的标签。</translation>
  </message>
  <message>
   <source>Neighbours share it more than labels, among pictures that share a label, too: it may be what makes them near.</source>
   <translation>近邻在此项上比在标签上更一致，在有共同标签的图像中也是如此：它可能正是图像相近的原因。</translation>
  </message>
  <message>
   <source>Neighbours share it more than labels; among pictures that share a label there is no evidence that they do so more often than chance, so that it may merely follow the labels.</source>
   <translation>近邻在此项上比在标签上更一致；但在有共同标签的图像中，没有证据表明多于随机，因此它可能只是随标签而变。</translation>
  </message>
  <message>
   <source>Neighbours share it more than labels; whether it merely follows the labels cannot be told from so few.</source>
   <translation>近邻在此项上比在标签上更一致；数量太少，无法判断它是否只是随标签而变。</translation>
  </message>
  <message>
   <source>Neighbours share labels more often than chance.</source>
   <translation>近邻具有相同标签的情况多于随机。</translation>
  </message>
  <message>
   <source>Neighbours share these more than labels, among pictures of the same label, too: {names}. Look at what such hits have in common.</source>
   <translation>近邻在以下各项上比在标签上更一致，在同一标签的图像中也是如此：{names}。请查看这些命中有何共同之处。</translation>
  </message>
  <message>
   <source>No evidence that neighbours share anything listed here more than labels. What is not listed was not looked at.</source>
   <translation>没有证据表明近邻在所列任何一项上比在标签上更一致。未列出的项没有查看。</translation>
  </message>
  <message>
   <source>No evidence that neighbours share it more often than chance; there are no labels to compare with.</source>
   <translation>没有证据表明近邻在此项上相同的情况多于随机；没有可比较的标签。</translation>
  </message>
  <message>
   <source>No evidence that neighbours share it more than labels.</source>
   <translation>没有证据表明近邻在此项上比在标签上更一致。</translation>
  </message>
  <message>
   <source>No evidence that neighbours share it more than labels; among pictures that share a label they share it more often than chance.</source>
   <translation>没有证据表明近邻在此项上比在标签上更一致；在有共同标签的图像中，相同的情况多于随机。</translation>
  </message>
  <message>
   <source>No evidence that neighbours share labels more often than chance.</source>
   <translation>没有证据表明近邻具有相同标签的情况多于随机。</translation>
  </message>
  <message>
   <source>Not stated by any picture: {names}.</source>
   <translation>没有图像说明以下各项：{names}。</translation>
  </message>
  <message>
   <source>Nothing here can be compared with labels.</source>
   <translation>这里没有可与标签比较的内容。</translation>
  </message>
  <message>
   <source>Nothing is said: {reason}.</source>
   <translation>不作判断：{reason}。</translation>
  </message>
  <message>
   <source>Of {count:,} sampled patients it is not known.</source>
   <translation>抽取的患者中有 {count:,} 位此项未知。</translation>
  </message>
  <message>
   <source>Of {count:,} the patient is not known; each content counts as a patient.</source>
   <translation>其中 {count:,} 幅的患者未知；每个不同的内容算作一位患者。</translation>
  </message>
  <message>
   <source>Own folder</source>
   <translation>所在文件夹</translation>
  </message>
  <message>
   <source>Sex</source>
   <translation>性别</translation>
  </message>
  <message>
   <source>Side</source>
   <translation>侧别</translation>
  </message>
  <message>
   <source>View</source>
   <translation>体位</translation>
  </message>
  <message>
   <source>every picture has the same</source>
   <translation>所有图像都相同</translation>
  </message>
  <message>
   <source>known of fewer than 20 sampled patients</source>
   <translation>已知此项的抽样患者不足 20 位</translation>
  </message>
  <message>
   <source>no two patients share it</source>
   <translation>没有两位患者相同</translation>
  </message>
  <message>
   <source>{agreement:.0%}, by chance {chance:.0%}</source>
   <translation>{agreement:.0%}，随机为 {chance:.0%}</translation>
  </message>
  <message>
   <source>{patients:,} patients count; {values:,} different values.</source>
   <translation>计入 {patients:,} 位患者；{values:,} 个不同的取值。</translation>
  </message>
  <message>
   <source>{sampled:,} of {patients:,} patients, one picture each, against {searched:,} pictures; {neighbours} neighbours; seed {seed}; {day}.</source>
   <translation>{patients:,} 位患者中的 {sampled:,} 位，每位一幅图像，对照 {searched:,} 幅图像；{neighbours} 个近邻；种子 {seed}；{day}。</translation>
  </message>
  <message>
   <source>{value:+.2f} ({low:+.2f} to {high:+.2f})</source>
   <translation>{value:+.2f}（{low:+.2f} 至 {high:+.2f}）</translation>
  </message>
  <message>
   <source>{value:.2f} ({low:.2f} to {high:.2f})</source>
   <translation>{value:.2f}（{low:.2f} 至 {high:.2f}）</translation>
  </message>
 </context>
 <context>
  <name>SplitPage</name>
  <message>
   <source>&amp;Divide anew</source>
   <translation>重新划分(&amp;D)</translation>
  </message>
  <message>
   <source>&amp;Test</source>
   <translation>测试(&amp;T)</translation>
  </message>
  <message>
   <source>&amp;Validation</source>
   <translation>验证(&amp;V)</translation>
  </message>
  <message>
   <source>By &amp;patient: all pictures of a patient are in one part</source>
   <translation>按患者(&amp;P)：同一患者的所有图像在同一部分</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>No patient is in two parts. Division number {seed}.</source>
   <translation>没有患者同时在两个部分中。划分编号 {seed}。</translation>
  </message>
  <message>
   <source>Other patients in each part, by chance</source>
   <translation>各部分患者不同，随机划分</translation>
  </message>
  <message>
   <source>Patients</source>
   <translation>患者</translation>
  </message>
  <message>
   <source>Picture by p&amp;icture: leaks, for comparison with old figures only</source>
   <translation>逐幅图像(&amp;I)：会泄漏，仅用于与旧数据比较</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Pictures of each label in each part</source>
   <translation>各部分中各标签的图像</translation>
  </message>
  <message>
   <source>Test</source>
   <translation>测试</translation>
  </message>
  <message>
   <source>The model learns from one part. A second one, for validation, chooses when it has learned enough. The third, the test, is opened once, at the end: its figures are what to expect of new patients.</source>
   <translation>模型从一个部分学习。第二部分用于验证，决定何时学习足够。第三部分为测试，只在最后打开一次：其指标即为对新患者的预期。</translation>
  </message>
  <message>
   <source>The patients are not known, so each picture counts as a patient of its own. Where a person has several pictures, they may be in several parts, and the figures are then too good.</source>
   <translation>患者未知，因此每幅图像都算作一位患者。若一人有多幅图像，它们可能分在多个部分，指标因而偏高。</translation>
  </message>
  <message>
   <source>The pictures are being divided.</source>
   <translation>正在划分图像。</translation>
  </message>
  <message>
   <source>Three parts</source>
   <translation>三个部分</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Validation</source>
   <translation>验证</translation>
  </message>
  <message>
   <source>{count:,} patients are in more than one part: the test then asks for patients whom the model has seen, and its figures will be too good.</source>
   <translation>有 {count:,} 位患者同时在多个部分中：测试会用模型见过的患者查询，指标会偏高。</translation>
  </message>
 </context>
 <context>
  <name>StatusLine</name>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Device: {name}</source>
   <translation>设备：{name}</translation>
  </message>
  <message>
   <source>Library</source>
   <translation>图库</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>No library open</source>
   <translation>没有打开图库</translation>
  </message>
  <message>
   <source>Research and education only. Not for diagnosis.</source>
   <translation>仅供研究和教学。不用于诊断。</translation>
  </message>
  <message>
   <source>Trained on: {modality}</source>
   <translation>训练数据：{modality}</translation>
  </message>
  <message>
   <source>processor</source>
   <translation>处理器</translation>
  </message>
  <message>
   <source>{name}: {count:,} images, {bits} bits each</source>
   <translation>{name}：{count:,} 幅图像，每幅 {bits} 位</translation>
  </message>
 </context>
 <context>
  <name>SupportDialog</name>
  <message>
   <source>Files of the bundle</source>
   <translation>支持包中的文件</translation>
  </message>
  <message>
   <source>Save the support bundle</source>
   <translation>保存支持包</translation>
  </message>
  <message>
   <source>Save…</source>
   <translation>保存…</translation>
  </message>
  <message>
   <source>Support bundle</source>
   <translation>支持包</translation>
  </message>
  <message>
   <source>This is all that goes into the file: what MedHash found on this computer and the end of its log. It holds no picture, no path and no name of a patient. Read it; nothing is sent anywhere.</source>
   <translation>文件中只有这些内容：MedHash 在这台计算机上的检查结果及其日志的末尾。其中没有图像、路径或患者姓名。请先阅读；不会发送到任何地方。</translation>
  </message>
 </context>
 <context>
  <name>TablePage</name>
  <message>
   <source>Case</source>
   <translation>病例</translation>
  </message>
  <message>
   <source>Choose a table…</source>
   <translation>选择表格…</translation>
  </message>
  <message>
   <source>First rows, as they are taken</source>
   <translation>前几行，按读取结果</translation>
  </message>
  <message>
   <source>Further</source>
   <translation>其他</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>No table yet</source>
   <translation>还没有表格</translation>
  </message>
  <message>
   <source>Patient</source>
   <translation>患者</translation>
  </message>
  <message>
   <source>Picture</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Separator</source>
   <translation>分隔符</translation>
  </message>
  <message>
   <source>Separator between several labels</source>
   <translation>多个标签之间的分隔符</translation>
  </message>
  <message>
   <source>What stands between several labels</source>
   <translation>多个标签之间用什么分隔</translation>
  </message>
  <message>
   <source>guessed</source>
   <translation>猜测</translation>
  </message>
  <message>
   <source>none: one label a cell</source>
   <translation>无：每格一个标签</translation>
  </message>
 </context>
 <context>
  <name>TrailBar</name>
  <message>
   <source>Asked: {names}</source>
   <translation>已检索：{names}</translation>
  </message>
 </context>
 <context>
  <name>Trainer</name>
  <message>
   <source>Nothing before its last checkpoint is lost.</source>
   <translation>上一个检查点之前的内容不会丢失。</translation>
  </message>
  <message>
   <source>Searching goes on meanwhile.</source>
   <translation>其间可继续检索。</translation>
  </message>
  <message>
   <source>Show the training…</source>
   <translation>显示训练…</translation>
  </message>
  <message>
   <source>The training of “{title}” was stopped on its way.</source>
   <translation>“{title}”的训练中途停止。</translation>
  </message>
  <message>
   <source>“{title}” is being trained.</source>
   <translation>正在训练“{title}”。</translation>
  </message>
 </context>
 <context>
  <name>TrainingDialogs</name>
  <message>
   <source>Open “Train a model” to judge and use it.</source>
   <translation>请打开“训练模型”以评估和使用它。</translation>
  </message>
  <message>
   <source>The training of “{title}” has finished.</source>
   <translation>“{title}”的训练已完成。</translation>
  </message>
 </context>
 <context>
  <name>TrainingWizard</name>
  <message>
   <source>&amp;Back</source>
   <translation>返回(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;Close</source>
   <translation>关闭(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Judge it</source>
   <translation>评估(&amp;J)</translation>
  </message>
  <message>
   <source>&amp;Next</source>
   <translation>下一步(&amp;N)</translation>
  </message>
  <message>
   <source>&amp;Start training</source>
   <translation>开始训练(&amp;S)</translation>
  </message>
  <message>
   <source>&amp;Use it</source>
   <translation>使用(&amp;U)</translation>
  </message>
  <message>
   <source>Runs of this computer</source>
   <translation>这台计算机上的运行</translation>
  </message>
  <message>
   <source>Train a model</source>
   <translation>训练模型</translation>
  </message>
  <message>
   <source>Why it cannot go on</source>
   <translation>无法继续的原因</translation>
  </message>
  <message>
   <source>cut off</source>
   <translation>中断</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>finished</source>
   <translation>已完成</translation>
  </message>
  <message>
   <source>is being trained</source>
   <translation>正在训练</translation>
  </message>
  <message>
   <source>not begun</source>
   <translation>未开始</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>已暂停</translation>
  </message>
 </context>
 <context>
  <name>Upkeep</name>
  <message>
   <source>A folder is being indexed already.</source>
   <translation>已有一个文件夹正在索引。</translation>
  </message>
  <message>
   <source>Hits may mean little. Look at the pictures, not the ranks.</source>
   <translation>结果可能意义不大。请看图像，而不是名次。</translation>
  </message>
  <message>
   <source>Labels and frames…</source>
   <translation>标签与帧…</translation>
  </message>
  <message>
   <source>Labels were taken from the folders instead.</source>
   <translation>已改为从文件夹取得标签。</translation>
  </message>
  <message>
   <source>No model on this computer was trained on pictures like these; {model} comes closest and was taken.</source>
   <translation>这台计算机上没有用这类图像训练的模型；采用了最接近的 {model}。</translation>
  </message>
  <message>
   <source>Nothing was sent; pass it on yourself.</source>
   <translation>没有发送任何内容；请自行转交。</translation>
  </message>
  <message>
   <source>The list was saved as {file}.</source>
   <translation>列表已保存为 {file}。</translation>
  </message>
  <message>
   <source>The support bundle was saved as {file}.</source>
   <translation>支持包已保存为 {file}。</translation>
  </message>
  <message>
   <source>Wait for its end, or cancel it first.</source>
   <translation>请等待其结束，或先取消。</translation>
  </message>
 </context>
 <context>
  <name>UsePage</name>
  <message>
   <source>&amp;Add it to the models</source>
   <translation>添加到模型中(&amp;A)</translation>
  </message>
  <message>
   <source>&amp;Back to the old one</source>
   <translation>换回旧图库(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;Index anew</source>
   <translation>重新索引(&amp;I)</translation>
  </message>
  <message>
   <source>&amp;Use the new library</source>
   <translation>使用新图库(&amp;U)</translation>
  </message>
  <message>
   <source>1. Keep the model</source>
   <translation>1. 保存模型</translation>
  </message>
  <message>
   <source>2. A new library</source>
   <translation>2. 新图库</translation>
  </message>
  <message>
   <source>3. Old and new, side by side</source>
   <translation>3. 新旧并排比较</translation>
  </message>
  <message>
   <source>4. Switch</source>
   <translation>4. 切换</translation>
  </message>
  <message>
   <source>Ask both models with a picture</source>
   <translation>用一幅图像询问两个模型</translation>
  </message>
  <message>
   <source>Ask with a &amp;picture…</source>
   <translation>用图像询问(&amp;P)…</translation>
  </message>
  <message>
   <source>Asked with {name}; {same} of the ten are found by both.</source>
   <translation>用 {name} 询问；十个结果中有 {same} 个两者都找到。</translation>
  </message>
  <message>
   <source>Asking both with {name}…</source>
   <translation>正在用 {name} 询问两者…</translation>
  </message>
  <message>
   <source>Codes of two models cannot be compared, so the pictures are indexed once more, into a library beside the old one. The old one stays as it is and can be searched meanwhile; you can go back at any time.</source>
   <translation>两个模型的编码不能比较，因此需要把图像重新索引到旧图库旁边的新图库中。旧图库保持不变，其间仍可检索；您随时可以换回。</translation>
  </message>
  <message>
   <source>Complete: {count:,} pictures are in the new library.</source>
   <translation>完成：新图库中有 {count:,} 幅图像。</translation>
  </message>
  <message>
   <source>It is in use now.</source>
   <translation>正在使用中。</translation>
  </message>
  <message>
   <source>New model: {name}</source>
   <translation>新模型：{name}</translation>
  </message>
  <message>
   <source>No library is open. Open or index a folder first.</source>
   <translation>没有打开图库。请先打开或索引一个文件夹。</translation>
  </message>
  <message>
   <source>Old model: {name}</source>
   <translation>旧模型：{name}</translation>
  </message>
  <message>
   <source>Progress of indexing anew</source>
   <translation>重新索引的进度</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Stopped. What was done is kept; index anew to go on.</source>
   <translation>已停止。已完成的部分会保留；重新索引即可继续。</translation>
  </message>
  <message>
   <source>The old library is in use.</source>
   <translation>正在使用旧图库。</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>使用</translation>
  </message>
  <message>
   <source>What the new model finds</source>
   <translation>新模型找到的结果</translation>
  </message>
  <message>
   <source>What the old model finds</source>
   <translation>旧模型找到的结果</translation>
  </message>
  <message>
   <source>asks</source>
   <translation>查询</translation>
  </message>
  <message>
   <source>{done:,} of {found:,} files. The old library is in use.</source>
   <translation>{found:,} 个文件中的 {done:,} 个。正在使用旧图库。</translation>
  </message>
  <message>
   <source>{name}: {count:,} pictures, indexed with {model}</source>
   <translation>{name}：{count:,} 幅图像，用 {model} 索引</translation>
  </message>
  <message>
   <source>“{name}” is among the models of this computer.</source>
   <translation>“{name}”已在这台计算机的模型之中。</translation>
  </message>
 </context>
 <context>
  <name>Welcome</name>
  <message>
   <source>A folder is indexed once; nothing is written into it, and nothing leaves this computer.
An image is then compared with every picture of the folder, and the nearest are shown.</source>
   <translation>文件夹只需索引一次；不会向其中写入任何内容，也没有任何内容离开这台计算机。
随后图像会与文件夹中的每幅图像比较，并显示最接近的图像。</translation>
  </message>
  <message>
   <source>Drop a study folder or an image here</source>
   <translation>将检查文件夹或图像拖到这里</translation>
  </message>
  <message>
   <source>Open folder…</source>
   <translation>打开文件夹…</translation>
  </message>
  <message>
   <source>Open image…</source>
   <translation>打开图像…</translation>
  </message>
  <message>
   <source>Open library…</source>
   <translation>打开图库…</translation>
  </message>
  <message>
   <source>The sample is a set of synthetic pictures; no patient is in it.</source>
   <translation>示例是一组合成图像，不含患者。</translation>
  </message>
  <message>
   <source>Try the sample</source>
   <translation>试用示例</translation>
  </message>
 </context>
 <context>
  <name>WhyPanel</name>
  <message>
   <source>Bits</source>
   <translation>位</translation>
  </message>
  <message>
   <source>Choose a hit.</source>
   <translation>请选择一个结果。</translation>
  </message>
  <message>
   <source>Of the picture as it is: {said}</source>
   <translation>就原样图像而言：{said}</translation>
  </message>
  <message>
   <source>Small changes of the query</source>
   <translation>查询的微小变化</translation>
  </message>
  <message>
   <source>Test of the maps of what both share</source>
   <translation>对共有区域显著图的检验</translation>
  </message>
  <message>
   <source>Testing…</source>
   <translation>正在检验…</translation>
  </message>
  <message>
   <source>The hit: failed, the map is withheld.</source>
   <translation>结果：未通过，显著图不予显示。</translation>
  </message>
  <message>
   <source>The hit: no map to test.</source>
   <translation>结果：没有可检验的显著图。</translation>
  </message>
  <message>
   <source>The hit: passed.</source>
   <translation>结果：通过。</translation>
  </message>
  <message>
   <source>The query: failed, the map is withheld.</source>
   <translation>查询：未通过，显著图不予显示。</translation>
  </message>
  <message>
   <source>The query: no map to test.</source>
   <translation>查询：没有可检验的显著图。</translation>
  </message>
  <message>
   <source>The query: passed.</source>
   <translation>查询：通过。</translation>
  </message>
  <message>
   <source>Why these two</source>
   <translation>为何这两幅</translation>
  </message>
  <message>
   <source>bits turned</source>
   <translation>翻转的位</translation>
  </message>
  <message>
   <source>contrast {share:+.0f} %</source>
   <translation>对比度 {share:+.0f} %</translation>
  </message>
  <message>
   <source>cropped {share:.0f} %</source>
   <translation>裁剪 {share:.0f} %</translation>
  </message>
  <message>
   <source>hits kept</source>
   <translation>保留的结果</translation>
  </message>
  <message>
   <source>map of the hit</source>
   <translation>结果的显著图</translation>
  </message>
  <message>
   <source>map of the query</source>
   <translation>查询的显著图</translation>
  </message>
  <message>
   <source>turned {angle:+.0f}°</source>
   <translation>旋转 {angle:+.0f}°</translation>
  </message>
  <message>
   <source>{query} {hit}</source>
   <translation>{query}{hit}</translation>
  </message>
  <message>
   <source>{shared} of {count} agree, {distance} differ.</source>
   <translation>{count} 位中 {shared} 位一致，{distance} 位不同。</translation>
  </message>
  <message>
   <source>{shared} of {count} agree, {distance} differ; {close} of these are close to turning.</source>
   <translation>{count} 位中 {shared} 位一致，{distance} 位不同；其中 {close} 位接近翻转。</translation>
  </message>
  <message>
   <source>{some} of {all}</source>
   <translation>{all} 中的 {some}</translation>
  </message>
 </context>
 <context>
  <name>commands</name>
  <message>
   <source>&amp;1 hit beside the query</source>
   <translation>查询旁 1 个结果(&amp;1)</translation>
  </message>
  <message>
   <source>&amp;2 hits</source>
   <translation>2 个结果(&amp;2)</translation>
  </message>
  <message>
   <source>&amp;3 hits</source>
   <translation>3 个结果(&amp;3)</translation>
  </message>
  <message>
   <source>&amp;4 hits</source>
   <translation>4 个结果(&amp;4)</translation>
  </message>
  <message>
   <source>&amp;About MedHash</source>
   <translation>关于 MedHash(&amp;A)</translation>
  </message>
  <message>
   <source>&amp;Add images to the query…</source>
   <translation>为查询添加图像(&amp;A)…</translation>
  </message>
  <message>
   <source>&amp;Back to the query before</source>
   <translation>回到上一个查询(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;Box of the map</source>
   <translation>显著图的方框(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;Brighter</source>
   <translation>更亮(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;Cancel indexing</source>
   <translation>取消索引(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Close message or report</source>
   <translation>关闭消息或报告(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Compare</source>
   <translation>比较(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Compare desk</source>
   <translation>比较台(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Contrast case</source>
   <translation>对照病例(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Darker</source>
   <translation>更暗(&amp;D)</translation>
  </message>
  <message>
   <source>&amp;Difference</source>
   <translation>差异(&amp;D)</translation>
  </message>
  <message>
   <source>&amp;Each patient once</source>
   <translation>每位患者只显示一次(&amp;E)</translation>
  </message>
  <message>
   <source>&amp;Evidence</source>
   <translation>依据(&amp;E)</translation>
  </message>
  <message>
   <source>&amp;Export pictures…</source>
   <translation>导出图像(&amp;E)…</translation>
  </message>
  <message>
   <source>&amp;File</source>
   <translation>文件(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Filters</source>
   <translation>筛选(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Find a command…</source>
   <translation>查找命令(&amp;F)…</translation>
  </message>
  <message>
   <source>&amp;Fit the pictures</source>
   <translation>适合窗口(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Flicker</source>
   <translation>闪烁(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Forget a patient or a folder…</source>
   <translation>移除患者或文件夹(&amp;F)…</translation>
  </message>
  <message>
   <source>&amp;Help</source>
   <translation>帮助(&amp;H)</translation>
  </message>
  <message>
   <source>&amp;Kept searches…</source>
   <translation>已保存的检索(&amp;K)…</translation>
  </message>
  <message>
   <source>&amp;Keyboard shortcuts</source>
   <translation>键盘快捷键(&amp;K)</translation>
  </message>
  <message>
   <source>&amp;Labels and frames…</source>
   <translation>标签与帧(&amp;L)…</translation>
  </message>
  <message>
   <source>&amp;Less contrast</source>
   <translation>降低对比度(&amp;L)</translation>
  </message>
  <message>
   <source>&amp;Library</source>
   <translation>图库(&amp;L)</translation>
  </message>
  <message>
   <source>&amp;Light or dark</source>
   <translation>浅色或深色(&amp;L)</translation>
  </message>
  <message>
   <source>&amp;Models…</source>
   <translation>模型(&amp;M)…</translation>
  </message>
  <message>
   <source>&amp;More contrast</source>
   <translation>提高对比度(&amp;M)</translation>
  </message>
  <message>
   <source>&amp;More of a finding…</source>
   <translation>更多表现某一所见(&amp;M)…</translation>
  </message>
  <message>
   <source>&amp;Next hit</source>
   <translation>下一个结果(&amp;N)</translation>
  </message>
  <message>
   <source>&amp;Open an image…</source>
   <translation>打开图像(&amp;O)…</translation>
  </message>
  <message>
   <source>&amp;Own impression first</source>
   <translation>先写下自己的印象(&amp;O)</translation>
  </message>
  <message>
   <source>&amp;Paste an image</source>
   <translation>粘贴图像(&amp;P)</translation>
  </message>
  <message>
   <source>&amp;Picture</source>
   <translation>图像(&amp;P)</translation>
  </message>
  <message>
   <source>&amp;Previous hit</source>
   <translation>上一个结果(&amp;P)</translation>
  </message>
  <message>
   <source>&amp;Quit</source>
   <translation>退出(&amp;Q)</translation>
  </message>
  <message>
   <source>&amp;Report of this query…</source>
   <translation>本次查询的报告(&amp;R)…</translation>
  </message>
  <message>
   <source>&amp;Search</source>
   <translation>检索(&amp;S)</translation>
  </message>
  <message>
   <source>&amp;Search with the chosen hit</source>
   <translation>用所选结果检索(&amp;S)</translation>
  </message>
  <message>
   <source>&amp;Shortcut audit…</source>
   <translation>捷径审查(&amp;S)…</translation>
  </message>
  <message>
   <source>&amp;Split</source>
   <translation>分割(&amp;S)</translation>
  </message>
  <message>
   <source>&amp;Support bundle…</source>
   <translation>支持包(&amp;S)…</translation>
  </message>
  <message>
   <source>&amp;Take all marks back</source>
   <translation>撤销全部标记(&amp;T)</translation>
  </message>
  <message>
   <source>&amp;Train a model…</source>
   <translation>训练模型(&amp;T)…</translation>
  </message>
  <message>
   <source>&amp;Turn by a quarter</source>
   <translation>旋转 90 度(&amp;T)</translation>
  </message>
  <message>
   <source>&amp;Undo the last change here</source>
   <translation>撤销此库的上次更改(&amp;U)</translation>
  </message>
  <message>
   <source>&amp;Update from its folder</source>
   <translation>从文件夹更新(&amp;U)</translation>
  </message>
  <message>
   <source>&amp;View</source>
   <translation>视图(&amp;V)</translation>
  </message>
  <message>
   <source>&amp;Why these two</source>
   <translation>为何这两幅(&amp;W)</translation>
  </message>
  <message>
   <source>100 %</source>
   <translation>100 %</translation>
  </message>
  <message>
   <source>Add images to the query</source>
   <translation>添加图像</translation>
  </message>
  <message>
   <source>Ask about a re&amp;gion…</source>
   <translation>检索一个区域(&amp;G)…</translation>
  </message>
  <message>
   <source>Ask about the w&amp;hole picture</source>
   <translation>检索整幅图像(&amp;H)</translation>
  </message>
  <message>
   <source>B&amp;lend</source>
   <translation>混合(&amp;L)</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>比较</translation>
  </message>
  <message>
   <source>Desk on the &amp;other screen</source>
   <translation>比较台放到另一屏幕(&amp;O)</translation>
  </message>
  <message>
   <source>Evidence</source>
   <translation>依据</translation>
  </message>
  <message>
   <source>F&amp;orward to the query behind</source>
   <translation>前进到下一个查询(&amp;O)</translation>
  </message>
  <message>
   <source>F&amp;ull screen</source>
   <translation>全屏(&amp;U)</translation>
  </message>
  <message>
   <source>Find wor&amp;ds in reports…</source>
   <translation>在报告中查找词语(&amp;D)…</translation>
  </message>
  <message>
   <source>Fit</source>
   <translation>适合</translation>
  </message>
  <message>
   <source>Folder</source>
   <translation>文件夹</translation>
  </message>
  <message>
   <source>Go on at the next start</source>
   <translation>下次启动时继续</translation>
  </message>
  <message>
   <source>Hit is &amp;not (no)</source>
   <translation>不是我要找的(&amp;N)</translation>
  </message>
  <message>
   <source>Hit is what I look for (&amp;yes)</source>
   <translation>是我要找的(&amp;Y)</translation>
  </message>
  <message>
   <source>Hits as a l&amp;ist</source>
   <translation>以列表显示结果(&amp;I)</translation>
  </message>
  <message>
   <source>Image</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Index a &amp;folder…</source>
   <translation>为文件夹建立索引(&amp;F)…</translation>
  </message>
  <message>
   <source>La&amp;bels of this hit…</source>
   <translation>此结果的标签(&amp;B)…</translation>
  </message>
  <message>
   <source>Lea&amp;ve hit out of searches</source>
   <translation>将此结果排除在搜索之外(&amp;V)</translation>
  </message>
  <message>
   <source>Least similar f&amp;irst</source>
   <translation>最不相似的在前(&amp;I)</translation>
  </message>
  <message>
   <source>Left-&amp;out images…</source>
   <translation>已排除的图像(&amp;O)…</translation>
  </message>
  <message>
   <source>Library</source>
   <translation>图库</translation>
  </message>
  <message>
   <source>Lin&amp;k this picture, or not</source>
   <translation>联动此图像或取消(&amp;K)</translation>
  </message>
  <message>
   <source>Look at all as they c&amp;ome</source>
   <translation>全部恢复原样(&amp;O)</translation>
  </message>
  <message>
   <source>Map</source>
   <translation>显著图</translation>
  </message>
  <message>
   <source>Map &amp;stronger</source>
   <translation>显著图增强(&amp;S)</translation>
  </message>
  <message>
   <source>Map &amp;weaker</source>
   <translation>显著图减弱(&amp;W)</translation>
  </message>
  <message>
   <source>Mea&amp;sure</source>
   <translation>测量(&amp;S)</translation>
  </message>
  <message>
   <source>Mi&amp;rror</source>
   <translation>镜像(&amp;R)</translation>
  </message>
  <message>
   <source>Next &amp;colours of the map</source>
   <translation>显著图的下一种颜色(&amp;C)</translation>
  </message>
  <message>
   <source>Next &amp;frame of the query</source>
   <translation>查询的下一帧(&amp;F)</translation>
  </message>
  <message>
   <source>Next &amp;window of the query</source>
   <translation>查询的下一个窗(&amp;W)</translation>
  </message>
  <message>
   <source>Open a &amp;library…</source>
   <translation>打开图库(&amp;L)…</translation>
  </message>
  <message>
   <source>Open a library on a se&amp;rver…</source>
   <translation>打开服务器上的图库(&amp;R)…</translation>
  </message>
  <message>
   <source>P&amp;revious frame of the query</source>
   <translation>查询的上一帧(&amp;R)</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>粘贴</translation>
  </message>
  <message>
   <source>Patient &amp;banner</source>
   <translation>患者横幅(&amp;B)</translation>
  </message>
  <message>
   <source>Pixel for &amp;pixel</source>
   <translation>逐像素(&amp;P)</translation>
  </message>
  <message>
   <source>R&amp;edo it</source>
   <translation>重做(&amp;E)</translation>
  </message>
  <message>
   <source>S&amp;wap query and hits</source>
   <translation>交换查询与结果(&amp;W)</translation>
  </message>
  <message>
   <source>Saliency &amp;maps</source>
   <translation>显著图(&amp;M)</translation>
  </message>
  <message>
   <source>Same patient: &amp;included</source>
   <translation>同一患者：包括(&amp;I)</translation>
  </message>
  <message>
   <source>Same patient: &amp;left out</source>
   <translation>同一患者：排除(&amp;L)</translation>
  </message>
  <message>
   <source>Text at {percent} %</source>
   <translation>文字大小 {percent} %</translation>
  </message>
  <message>
   <source>Try the &amp;sample</source>
   <translation>试用示例(&amp;S)</translation>
  </message>
  <message>
   <source>What this library &amp;keeps…</source>
   <translation>此图库保存的内容(&amp;K)…</translation>
  </message>
  <message>
   <source>Zoom &amp;in</source>
   <translation>放大(&amp;I)</translation>
  </message>
  <message>
   <source>Zoom &amp;out</source>
   <translation>缩小(&amp;O)</translation>
  </message>
  <message>
   <source>{text} ({keys})</source>
   <translation>{text} ({keys})</translation>
  </message>
 </context>
 <context>
  <name>drawing</name>
  <message>
   <source>Drag a box, or arrows and Shift; Return asks, Esc leaves</source>
   <translation>拖出方框，或用方向键和 Shift；回车检索，Esc 退出</translation>
  </message>
  <message>
   <source>Drag a box, or arrows and Shift; Return masks, Esc leaves</source>
   <translation>拖出方框，或用方向键和 Shift；Return 遮盖，Esc 放弃</translation>
  </message>
  <message>
   <source>Drag a line, or arrows and Shift; Return keeps it</source>
   <translation>拖出线段，或用方向键和 Shift；回车保留</translation>
  </message>
  <message>
   <source>{length:.0f} px</source>
   <translation>{length:.0f} 像素</translation>
  </message>
  <message>
   <source>{length:.1f} mm</source>
   <translation>{length:.1f} 毫米</translation>
  </message>
  <message>
   <source>{length:.1f} mm at the detector</source>
   <translation>探测器处 {length:.1f} 毫米</translation>
  </message>
 </context>
 <context>
  <name>stance</name>
  <message>
   <source>mirrored</source>
   <translation>镜像</translation>
  </message>
  <message>
   <source>turned {angle}°</source>
   <translation>旋转 {angle}°</translation>
  </message>
  <message>
   <source>window {width:.0f} %, level {level:.0f} %</source>
   <translation>窗宽 {width:.0f} %，窗位 {level:.0f} %</translation>
  </message>
  <message>
   <source>{zoom:.0f} %</source>
   <translation>{zoom:.0f} %</translation>
  </message>
 </context>
 <context>
  <name>training_page</name>
  <message>
   <source>1 bit</source>
   <translation>1 位</translation>
  </message>
  <message>
   <source>{n} bits</source>
   <translation>{n} 位</translation>
  </message>
 </context>
</TS>
