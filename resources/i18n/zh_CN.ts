<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>BarChart</name>
    <message>
        <source>%1 in all</source>
        <translation>共 %1</translation>
    </message>
    <message>
        <source>none in this time</source>
        <translation>这段时间没有</translation>
    </message>
</context>
<context>
    <name>CancelButton</name>
    <message>
        <source>Cancel</source>
        <translation>取消办理</translation>
    </message>
</context>
<context>
    <name>Capture</name>
    <message>
        <source>Your own picture, as in a mirror</source>
        <translation>您的实时画面，像照镜子一样</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Document number</source>
        <translation>证件号码</translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation>有效期至</translation>
    </message>
</context>
<context>
    <name>CardKey</name>
    <message>
        <source>Document number</source>
        <translation>证件号码</translation>
    </message>
    <message>
        <source>Date of birth</source>
        <translation>出生日期</translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation>有效期至</translation>
    </message>
    <message>
        <source>as printed</source>
        <translation>照证件上的写</translation>
    </message>
    <message>
        <source>year month day, e.g. 900131</source>
        <translation>年月日各两位，如 900131</translation>
    </message>
    <message>
        <source>year month day, e.g. 310630</source>
        <translation>年月日各两位，如 310630</translation>
    </message>
    <message>
        <source>Tries left: %1</source>
        <translation>还可以试 %1 次</translation>
    </message>
    <message>
        <source>Please enter three items</source>
        <translation>请输入证件上的三项内容</translation>
    </message>
    <message>
        <source>Printed on the photo page or the back. They open the chip and are not kept.</source>
        <translation>在证件的照片页或背面可以找到。只用来打开芯片，不会保存。</translation>
    </message>
</context>
<context>
    <name>CardReading</name>
    <message>
        <source>Reading, please leave it there</source>
        <translation>正在读取，请先别拿开</translation>
    </message>
    <message>
        <source>Please lay your document on the reader</source>
        <translation>请把证件放在读卡区</translation>
    </message>
    <message>
        <source>Lift it when the ring is full.</source>
        <translation>圆环走满后再拿起来。</translation>
    </message>
    <message>
        <source>Flat, photo side up, for two or three seconds.</source>
        <translation>照片一面朝上，平放，停两三秒。</translation>
    </message>
    <message>
        <source>Tries left: %1</source>
        <translation>还可以试 %1 次</translation>
    </message>
</context>
<context>
    <name>ChangePassword</name>
    <message>
        <source>Choose your own password</source>
        <translation>请设置您自己的口令</translation>
    </message>
    <message>
        <source>At least 12 characters, three of: capitals, small letters, digits, signs. Not your user name, not a common password, none of your last five.</source>
        <translation>至少 12 个字符，大写、小写、数字、符号中有三类；不含用户名，不是常见口令，也不是最近五次用过的。</translation>
    </message>
    <message>
        <source>The password you signed in with</source>
        <translation>刚才登录用的口令</translation>
    </message>
    <message>
        <source>Your new password</source>
        <translation>新口令</translation>
    </message>
    <message>
        <source>Once more, to be sure</source>
        <translation>再输入一次新口令</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Change it and go on</source>
        <translation>更换并继续</translation>
    </message>
    <message>
        <source>Sign out</source>
        <translation>退出登录</translation>
    </message>
</context>
<context>
    <name>CheckOnly</name>
    <message>
        <source>Check once all the same?</source>
        <translation>还要核对一次吗？</translation>
    </message>
    <message>
        <source>As you ticked, you will not be registered: nothing of your face or document is kept.</source>
        <translation>按您的勾选，不会登记：您的人脸和证件信息都不保存。</translation>
    </message>
    <message>
        <source>Would you rather register? Stop here, start again, and tick the second line too.</source>
        <translation>想要登记？请先结束，重新开始，把第二项也勾上。</translation>
    </message>
    <message>
        <source>Yes, check once</source>
        <translation>核对一次</translation>
    </message>
    <message>
        <source>No, stop here</source>
        <translation>不用了，结束</translation>
    </message>
</context>
<context>
    <name>ClaimEntry</name>
    <message>
        <source>Your resident number, please</source>
        <translation>请输入住户号</translation>
    </message>
    <message>
        <source>Tries left: %1</source>
        <translation>还可以试 %1 次</translation>
    </message>
    <message>
        <source>Ten digits; you got it when you registered.</source>
        <translation>一共十位数字，登记时给您的。</translation>
    </message>
    <message>
        <source>Resident number</source>
        <translation>住户号</translation>
    </message>
    <message>
        <source>ten digits</source>
        <translation>十位数字</translation>
    </message>
    <message>
        <source>a digit is wrong, please compare</source>
        <translation>有一位不对，请核对</translation>
    </message>
    <message>
        <source>Use my document instead</source>
        <translation>改用证件</translation>
    </message>
</context>
<context>
    <name>Close</name>
    <message>
        <source>Close the station</source>
        <translation>关闭本机</translation>
    </message>
    <message>
        <source>Visitors can no longer check in here until the station is started again with its passphrase. A visit in hand is stopped and cleared first.</source>
        <translation>关闭后这里不能再办理来访登记，要用口令重新启动本机才行。如有人正在办理，会先停止并清除。</translation>
    </message>
    <message>
        <source>Close it now</source>
        <translation>现在关闭</translation>
    </message>
    <message>
        <source>Keep it open</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Visits today so far</source>
        <translation>今天已办理</translation>
    </message>
    <message>
        <source>Requests that wait for you and stay</source>
        <translation>等您处理、会保留的申请</translation>
    </message>
</context>
<context>
    <name>Compare</name>
    <message>
        <source>Comparing</source>
        <translation>正在比对</translation>
    </message>
    <message>
        <source>Your face and the photo in the document are being compared inside this station. It takes a moment.</source>
        <translation>正在本机内比对您的脸和证件照片，请稍等一下。</translation>
    </message>
    <message>
        <source>Registering you</source>
        <translation>正在登记</translation>
    </message>
    <message>
        <source>A protected template is being made and locked inside this station. It takes a moment.</source>
        <translation>正在这台机器里生成加了保护的人脸特征并锁好，请稍等。</translation>
    </message>
    <message>
        <source>Your face is being compared with your own template inside this station. It takes a moment.</source>
        <translation>正在这台机器里把您的脸和您登记时的特征核对，请稍等。</translation>
    </message>
</context>
<context>
    <name>ConsentFoot</name>
    <message>
        <source>The screen will change colour during the face check. Tick here for no coloured light, and more time.</source>
        <translation>拍脸时屏幕会换几种颜色。怕闪光的人请勾这里：不要闪光，慢一点。</translation>
    </message>
    <message>
        <source>Please read to the end; then you can choose. You may say no at any time.</source>
        <translation>请先看到最后再做选择。您随时可以不同意。</translation>
    </message>
    <message>
        <source>Read on</source>
        <translation>往下看</translation>
    </message>
    <message>
        <source>Next you choose what you agree to, one thing at a time. Nothing is ticked for you.</source>
        <translation>下一步由您逐项选择，没有替您打好的勾。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>下一步</translation>
    </message>
</context>
<context>
    <name>ConsentQuestions</name>
    <message>
        <source>What do you agree to?</source>
        <translation>您同意哪几项？</translation>
    </message>
    <message>
        <source>The screen will change colour during the face check. Tick here for no coloured light, and more time.</source>
        <translation>拍脸时屏幕会换几种颜色。怕闪光的人请勾这里：不要闪光，慢一点。</translation>
    </message>
</context>
<context>
    <name>DataTable</name>
    <message>
        <source>Show older ones</source>
        <translation>显示更早的</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
</context>
<context>
    <name>Devices</name>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Once a camera or a reader is registered, no other is ever opened. A change holds from the next visit on.</source>
        <translation>登记了摄像头或读卡器以后，别的都不会打开。改动从下一次办理起有效。</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Identity</source>
        <translation>身份</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>接口</translation>
    </message>
    <message>
        <source>No device was found. Connect the camera and the card reader, then refresh.</source>
        <translation>没有找到设备。请接好摄像头和读卡器，再刷新。</translation>
    </message>
</context>
<context>
    <name>DisplaySheet</name>
    <message>
        <source>Text size and colours</source>
        <translation>文字大小与颜色</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>Large</source>
        <translation>大</translation>
    </message>
    <message>
        <source>Very large</source>
        <translation>特大</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Movement</source>
        <translation>动画</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Coloured light in the face check (without it there is more time)</source>
        <translation>拍脸时屏幕变颜色（不要的话，时间会长一点）</translation>
    </message>
    <message>
        <source>Usual</source>
        <translation>照常</translation>
    </message>
    <message>
        <source>None</source>
        <translation>不要</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>Emergency</name>
    <message>
        <source>The two sealed codes</source>
        <translation>两个密封的紧急码</translation>
    </message>
    <message>
        <source>Both holders must be here. The codes work once, for an hour, for accounts and keys only; their use is in the ledger and stays an alarm until new ones are made.</source>
        <translation>请两位保管人都在场。紧急码只能用一次，一小时内有效，只能处理账号和密钥；使用情况记入台账，换新码之前一直报警。</translation>
    </message>
    <message>
        <source>First code</source>
        <translation>第一个码</translation>
    </message>
    <message>
        <source>Second code</source>
        <translation>第二个码</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>Erase</name>
    <message>
        <source>Erasing …</source>
        <translation>正在删除……</translation>
    </message>
    <message>
        <source>Erase your registration?</source>
        <translation>要删除您的登记吗？</translation>
    </message>
    <message>
        <source>Please wait until it says that everything is erased.</source>
        <translation>请等到屏幕显示“已经全部删除”。</translation>
    </message>
    <message>
        <source>All of this is erased now, in every store, and cannot be brought back:</source>
        <translation>下面这些马上从所有存储里删除，删了不能恢复：</translation>
    </message>
    <message>
        <source>your face template, and face images if you let us keep any</source>
        <translation>人脸特征；您同意保存过人脸图像的，图像也删</translation>
    </message>
    <message>
        <source>the text of your document</source>
        <translation>证件文字</translation>
    </message>
    <message>
        <source>your resident number; it will open nothing any more</source>
        <translation>住户号，以后不能再用</translation>
    </message>
    <message>
        <source>What stays is the record that you agreed and took it back, with no picture of you. You get a deletion receipt.</source>
        <translation>留下的只有您同意和撤回的记录，里面没有您的图像。会给您一个删除凭证号。</translation>
    </message>
    <message>
        <source>Erase everything</source>
        <translation>全部删除</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>不删，保留</translation>
    </message>
</context>
<context>
    <name>DayEntry</name>
    <message>
        <source>%1: no limit</source>
        <translation>%1：不限</translation>
    </message>
</context>
<context>
    <name>Export</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Export for auditors</source>
        <translation>导出给审计方</translation>
    </message>
    <message>
        <source>Entries, proofs, consent records, a summary and the program that checks them, signed by this station.</source>
        <translation>包含台账记录、证明、同意记录、摘要和核验程序，由本机签名。</translation>
    </message>
    <message>
        <source>1. What</source>
        <translation>1. 导出什么</translation>
    </message>
    <message>
        <source>A number is typed and not yet looked up: press Enter in its field, or empty it.</source>
        <translation>号码已输入但还没有查找：请在该栏按回车，或清空。</translation>
    </message>
    <message>
        <source>Show whom the consent records are about, minors excepted (the privacy officer must agree)</source>
        <translation>同意记录显示是谁的，未成年人除外（须个人信息保护负责人同意）</translation>
    </message>
    <message>
        <source>Reason, for the colleague who must agree</source>
        <translation>理由，给需要同意的同事看</translation>
    </message>
    <message>
        <source>Ask for it</source>
        <translation>提出申请</translation>
    </message>
    <message>
        <source>2. Agreed to?</source>
        <translation>2. 是否已同意</translation>
    </message>
    <message>
        <source>Not asked for yet. A security administrator must agree before anything is written.</source>
        <translation>还没有提出申请。须安全管理员同意后才能导出。</translation>
    </message>
    <message>
        <source>3. Write it</source>
        <translation>3. 写出</translation>
    </message>
    <message>
        <source>Folder on the auditor's medium</source>
        <translation>审计方介质上的文件夹</translation>
    </message>
    <message>
        <source>Write the bundle</source>
        <translation>写出导出包</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>%1 entries, %2 MB, in %3. To check on another machine: python3 verify_bundle.py</source>
        <translation>%1 条，%2 MB，在 %3。到另一台机器上核验：python3 verify_bundle.py</translation>
    </message>
</context>
<context>
    <name>Fault</name>
    <message>
        <source>Not available at the moment</source>
        <translation>暂时不能办理</translation>
    </message>
    <message>
        <source>For staff: %1</source>
        <translation>工作人员参考：%1</translation>
    </message>
    <message>
        <source>Visitors: please use the staffed desk meanwhile. You can come in just the same.</source>
        <translation>访客朋友请先到旁边的人工窗口，一样可以进入。</translation>
    </message>
</context>
<context>
    <name>FirstSecretPane</name>
    <message>
        <source>Hand this over now</source>
        <translation>请现在当面交给本人</translation>
    </message>
    <message>
        <source>Shown once. The person scans the code with their authenticator and signs in with this first password; they must change it at once.</source>
        <translation>只显示这一次。请本人用动态码应用扫码，再用这个初始口令登录；登录后须马上更换口令。</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>First password</source>
        <translation>初始口令</translation>
    </message>
    <message>
        <source>It is handed over</source>
        <translation>已交给本人</translation>
    </message>
    <message>
        <source>Shown once. Write each code down for another holder, and seal each in its own envelope. Only both together open the station.</source>
        <translation>只显示这一次。请两位保管人各抄一个，分别封入信封。两个码合在一起才能打开本机。</translation>
    </message>
    <message>
        <source>First code</source>
        <translation>第一个码</translation>
    </message>
    <message>
        <source>Second code</source>
        <translation>第二个码</translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Text size and colours</source>
        <translation>文字大小与颜色</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
</context>
<context>
    <name>Health</name>
    <message>
        <source>Health</source>
        <translation>运行状况</translation>
    </message>
    <message>
        <source>The self-check is running; it takes a few seconds.</source>
        <translation>正在自检，需要几秒钟。</translation>
    </message>
    <message>
        <source>Faults that keep visitors waiting: %1</source>
        <translation>影响接待的故障：%1</translation>
    </message>
    <message>
        <source>Nothing keeps visitors waiting.</source>
        <translation>没有影响接待的故障。</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新自检</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>What</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Nothing was checked yet. Press 'Check again'.</source>
        <translation>还没有自检。请点“重新自检”。</translation>
    </message>
</context>
<context>
    <name>HelpSheet</name>
    <message>
        <source>What the line at the bottom tells you</source>
        <translation>屏幕最下面一行说的是什么</translation>
    </message>
    <message>
        <source>Camera: says on only while it is really open, and it opens only after you agree.</source>
        <translation>摄像头：只有真的打开时才显示“开”，而且要等您同意以后才会打开。</translation>
    </message>
    <message>
        <source>Reader: says on only while the station waits for your document or reads it.</source>
        <translation>读卡器：只有在等您放证件、读证件的时候才显示“开”。</translation>
    </message>
    <message>
        <source>Images held here now: how many pictures of you and your document exist in this station at this moment.</source>
        <translation>本机此刻持有的图像：这一刻本机里存在的、您本人和证件的图像张数。</translation>
    </message>
    <message>
        <source>At the end: the program that held them is closed, the count goes to 0, and the time is shown.</source>
        <translation>办完以后：装着这些图像的程序会整个关掉，张数变成 0，并写明时间。</translation>
    </message>
    <message>
        <source>Not sure? Staff at the desk beside you will gladly help. You can stop at any time.</source>
        <translation>有不清楚的地方，请问旁边窗口的工作人员。您随时可以停下来。</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Of registered residents a locked face template stays, as they agreed. It is no picture; the line says so.</source>
        <translation>登记过的住户：按本人同意，保存一份锁好的人脸特征。它不是图像；保存着，这一行就会写明。</translation>
    </message>
</context>
<context>
    <name>Home</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>接下来</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Choose a page on the left to begin.</source>
        <translation>请从左边选择一页开始。</translation>
    </message>
    <message>
        <source>Serve visitors</source>
        <translation>接待来访者</translation>
    </message>
</context>
<context>
    <name>IdentityRows</name>
    <message>
        <source>This document is past its date. Staff will decide; please go on.</source>
        <translation>证件过了有效期。请继续办理，由工作人员来决定。</translation>
    </message>
</context>
<context>
    <name>Idle</name>
    <message>
        <source>Visitor check-in</source>
        <translation>访客登记</translation>
    </message>
    <message>
        <source>We check that the document is yours. It takes about a minute.</source>
        <translation>核对证件是不是您本人的，大约一分钟。</translation>
    </message>
    <message>
        <source>Camera and card reader stay off until you agree. Your pictures are deleted at the end.</source>
        <translation>您同意之前，摄像头和读卡器都不会打开。办完后，图像立即删除。</translation>
    </message>
    <message>
        <source>You can also check in at the staffed desk, without your face.</source>
        <translation>不想用人脸也可以，旁边的人工窗口一样能登记。</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始登记</translation>
    </message>
    <message>
        <source>I am visiting</source>
        <translation>我是访客</translation>
    </message>
    <message>
        <source>I live or work here</source>
        <translation>我是住户或员工</translation>
    </message>
</context>
<context>
    <name>KeyField</name>
    <message>
        <source>check the date</source>
        <translation>请核对日期</translation>
    </message>
</context>
<context>
    <name>Keypad</name>
    <message>
        <source>Delete the last character</source>
        <translation>删除最后一个字</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
</context>
<context>
    <name>Ledger</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Ledger</source>
        <translation>台账</translation>
    </message>
    <message>
        <source>Entries</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>统计</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>What</source>
        <translation>事项</translation>
    </message>
    <message>
        <source>%1 shown of %2 entries</source>
        <translation>显示 %1 条，共 %2 条</translation>
    </message>
    <message>
        <source>Live: on</source>
        <translation>实时：开</translation>
    </message>
    <message>
        <source>Live: off</source>
        <translation>实时：关</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>序号</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>谁</translation>
    </message>
    <message>
        <source>More</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Each bar is</source>
        <translation>每一柱</translation>
    </message>
    <message>
        <source>a day, 14 days</source>
        <translation>一天，共 14 天</translation>
    </message>
    <message>
        <source>a week, 12 weeks</source>
        <translation>一周，共 12 周</translation>
    </message>
    <message>
        <source>Visits</source>
        <translation>办理人次</translation>
    </message>
    <message>
        <source>How they ended</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Consent refused</source>
        <translation>没有同意</translation>
    </message>
    <message>
        <source>Refused by attack detection</source>
        <translation>活体检测没有放行</translation>
    </message>
    <message>
        <source>Refused to staff</source>
        <translation>登录或操作被拒绝</translation>
    </message>
    <message>
        <source>Nothing was found for what is chosen above. Choose a longer time, or 'All'.</source>
        <translation>上面选定的范围没有记录。请选更长的时间，或选“全部”。</translation>
    </message>
</context>
<context>
    <name>LedgerFilters</name>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>From</source>
        <translation>从</translation>
    </message>
    <message>
        <source>To</source>
        <translation>到</translation>
    </message>
    <message>
        <source>What</source>
        <translation>事项</translation>
    </message>
    <message>
        <source>Who (user name), then Enter</source>
        <translation>谁（用户名），按回车</translation>
    </message>
    <message>
        <source>Person: document or resident number, then Enter</source>
        <translation>住户：证件号码或住户号，按回车</translation>
    </message>
    <message>
        <source>One resident</source>
        <translation>一位住户</translation>
    </message>
    <message>
        <source>One resident: take away</source>
        <translation>一位住户：取消</translation>
    </message>
</context>
<context>
    <name>LightScreen</name>
    <message>
        <source>Look at the screen and keep still</source>
        <translation>看着屏幕，不用动</translation>
    </message>
</context>
<context>
    <name>Locked</name>
    <message>
        <source>This station is closed</source>
        <translation>本机暂停服务</translation>
    </message>
    <message>
        <source>The station met an internal problem and has stopped to be safe. Manager: please restart it and read the self-check.</source>
        <translation>本机内部出了问题，为稳妥起见已停止服务。请管理员重启本机并查看自检结果。</translation>
    </message>
    <message>
        <source>For staff: %1</source>
        <translation>工作人员参考：%1</translation>
    </message>
    <message>
        <source>Visitors: please use the staffed desk. You can come in just the same.</source>
        <translation>访客朋友请到旁边的人工窗口，一样可以进入。</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Read this aloud</source>
        <translation>读给我听</translation>
    </message>
    <message>
        <source>Stop reading aloud</source>
        <translation>不用读了</translation>
    </message>
</context>
<context>
    <name>OfficeBody</name>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
</context>
<context>
    <name>OfficeHeader</name>
    <message>
        <source>Text size and colours</source>
        <translation>字号与颜色</translation>
    </message>
    <message>
        <source>Lock the office</source>
        <translation>锁定屏幕</translation>
    </message>
    <message>
        <source>Sign out</source>
        <translation>退出登录</translation>
    </message>
</context>
<context>
    <name>OfficeMenu</name>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
</context>
<context>
    <name>Pane</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>ProgressLine</name>
    <message>
        <source>%1 of %2 entries (%3 %)</source>
        <translation>%1 / %2 条（%3 %）</translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation>正在准备…</translation>
    </message>
</context>
<context>
    <name>PromptPlate</name>
    <message>
        <source>Good, now face forward</source>
        <translation>好，请转回正面</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>好</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>第 %1 个动作，共 %2 个</translation>
    </message>
    <message>
        <source>Once more, with new movements</source>
        <translation>再来一次，动作换了新的</translation>
    </message>
    <message>
        <source>Your face inside the oval</source>
        <translation>把脸放进圈里就好</translation>
    </message>
    <message>
        <source>The screen will change colour a few times</source>
        <translation>等一下屏幕会换几种颜色</translation>
    </message>
</context>
<context>
    <name>RankChart</name>
    <message>
        <source>and %1 more kinds</source>
        <translation>另有 %1 种</translation>
    </message>
    <message>
        <source>none in this time</source>
        <translation>这段时间没有</translation>
    </message>
</context>
<context>
    <name>ReceiptCode</name>
    <message>
        <source>Scan to take your receipt along. It is signed: whoever has the public key can check it.</source>
        <translation>手机扫一扫，把凭条带走。凭条有签名，用本机公钥就能核验。</translation>
    </message>
</context>
<context>
    <name>Requests</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>待办申请</translation>
    </message>
    <message>
        <source>Waiting for me</source>
        <translation>等我处理</translation>
    </message>
    <message>
        <source>Asked by me</source>
        <translation>我提出的</translation>
    </message>
    <message>
        <source>What for</source>
        <translation>事项</translation>
    </message>
    <message>
        <source>Asked by</source>
        <translation>申请人</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>You have not asked for anything. Acts that take two people are asked for on their own pages.</source>
        <translation>您没有提出申请。需要两个人的事项，请到相应页面提出。</translation>
    </message>
    <message>
        <source>Nothing waits for you. New requests appear here; refresh to look again.</source>
        <translation>没有等您处理的申请。有新的申请会显示在这里，可点刷新再看。</translation>
    </message>
    <message>
        <source>Runs out</source>
        <translation>有效到</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
    <message>
        <source>Second person</source>
        <translation>第二人</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>答复</translation>
    </message>
    <message>
        <source>What changes</source>
        <translation>会改变什么</translation>
    </message>
    <message>
        <source>Agree…</source>
        <translation>同意…</translation>
    </message>
    <message>
        <source>Refuse…</source>
        <translation>拒绝…</translation>
    </message>
    <message>
        <source>Your name goes into the ledger beside theirs. They can then carry it out once.</source>
        <translation>您的名字会和申请人的一起记入台账。之后申请人可以办理一次。</translation>
    </message>
    <message>
        <source>Yes, agree</source>
        <translation>确认同意</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Why not? The person who asked will read this.</source>
        <translation>为什么拒绝？申请人会看到。</translation>
    </message>
    <message>
        <source>Refuse it</source>
        <translation>确认拒绝</translation>
    </message>
    <message>
        <source>Carry it out now</source>
        <translation>现在办理</translation>
    </message>
    <message>
        <source>Go on to its page</source>
        <translation>到相应页面办理</translation>
    </message>
</context>
<context>
    <name>ResidentNumber</name>
    <message>
        <source>Your resident number</source>
        <translation>您的住户号</translation>
    </message>
</context>
<context>
    <name>Result</name>
    <message>
        <source>Receipt number %1. Note it, to look up your consent or take it back.</source>
        <translation>回执号 %1，请记下或拍下来，查询或撤回同意要用。</translation>
    </message>
    <message>
        <source>For staff: %1</source>
        <translation>工作人员参考：%1</translation>
    </message>
    <message>
        <source>Your document is past its date. Please renew it soon; staff may ask about it.</source>
        <translation>您的证件过了有效期，请尽快换新；工作人员可能会问到。</translation>
    </message>
    <message>
        <source>Your pictures are gone: the program that held them ended at %1. Images held here now: 0.</source>
        <translation>您的图像已经清除：装着它们的程序已于 %1 结束，本机此刻持有的图像为 0。</translation>
    </message>
    <message>
        <source>Camera and card reader stayed off: no picture was taken, and no image is held here.</source>
        <translation>摄像头和读卡器一直关着，没有拍下任何图像，本机此刻持有的图像为 0。</translation>
    </message>
    <message>
        <source>Your pictures are being cleared …</source>
        <translation>正在清除您的图像……</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>All other pictures are gone: the program that held them ended at %1. Unlocked images here now: 0.</source>
        <translation>其余图像都已清除：装着它们的程序已于 %1 结束。本机现在没有未锁存的图像。</translation>
    </message>
</context>
<context>
    <name>RibbonBar</name>
    <message>
        <source>Camera on</source>
        <translation>摄像头 开</translation>
    </message>
    <message>
        <source>Camera off</source>
        <translation>摄像头 关</translation>
    </message>
    <message>
        <source>Reader on</source>
        <translation>读卡器 开</translation>
    </message>
    <message>
        <source>Reader off</source>
        <translation>读卡器 关</translation>
    </message>
    <message>
        <source>Images held here now: %1</source>
        <translation>本机此刻持有的图像 %1</translation>
    </message>
    <message>
        <source>cleared at %1</source>
        <translation>已于 %1 清除</translation>
    </message>
    <message>
        <source>What does this mean?</source>
        <translation>这是什么意思？</translation>
    </message>
    <message>
        <source>face template kept</source>
        <translation>存有人脸特征</translation>
    </message>
    <message>
        <source>face pictures kept</source>
        <translation>存有人脸图像</translation>
    </message>
</context>
<context>
    <name>Ring</name>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
</context>
<context>
    <name>SignIn</name>
    <message>
        <source>One-time code</source>
        <translation>动态码</translation>
    </message>
    <message>
        <source>Security key</source>
        <translation>安全钥匙</translation>
    </message>
    <message>
        <source>Your key is asked for after you press Sign in.</source>
        <translation>按“登录”后，再使用安全钥匙。</translation>
    </message>
    <message>
        <source>Locked</source>
        <translation>已锁定</translation>
    </message>
    <message>
        <source>Staff sign-in</source>
        <translation>工作人员登录</translation>
    </message>
    <message>
        <source>What was open has been put away. Please sign in again to go on.</source>
        <translation>刚才打开的内容已经收起。要继续，请重新登录。</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>口令</translation>
    </message>
    <message>
        <source>Code from your authenticator</source>
        <translation>动态码</translation>
    </message>
    <message>
        <source>six digits</source>
        <translation>六位数字</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Back to visitors</source>
        <translation>回到来访者首页</translation>
    </message>
    <message>
        <source>Nobody can sign in? Use the two sealed codes</source>
        <translation>没有人能登录？使用两个密封的紧急码</translation>
    </message>
</context>
<context>
    <name>StaffSheet</name>
    <message>
        <source>Staff: close the station?</source>
        <translation>工作人员：要关闭本机吗？</translation>
    </message>
    <message>
        <source>A visit in hand is stopped and cleared first.</source>
        <translation>如有人正在办理，会先停止并清除。</translation>
    </message>
    <message>
        <source>Keep it open</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Staff: sign in?</source>
        <translation>工作人员：要登录吗？</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>No member of staff has an account yet. Two people make the first ones in the terminal: ./station.sh users first</source>
        <translation>还没有工作人员账号。请两个人在终端里建立头两个：./station.sh users first</translation>
    </message>
    <message>
        <source>On duty: %1</source>
        <translation>在岗：%1</translation>
    </message>
    <message>
        <source>End duty</source>
        <translation>下岗</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>Notice</source>
        <translation>告知</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>证件</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>核验</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Register</source>
        <translation>登记</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>身份</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Step %1 of %2: %3</source>
        <translation>第 %1 步，共 %2 步：%3</translation>
    </message>
</context>
<context>
    <name>Users</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Change roles…</source>
        <translation>更改岗位…</translation>
    </message>
    <message>
        <source>Reissue password and code…</source>
        <translation>重发口令和动态码…</translation>
    </message>
    <message>
        <source>Lock…</source>
        <translation>锁定…</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>解锁…</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>账号</translation>
    </message>
    <message>
        <source>New account…</source>
        <translation>新建账号…</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Roles</source>
        <translation>岗位</translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>New account</source>
        <translation>新建账号</translation>
    </message>
    <message>
        <source>small letters, digits, dot; 3 to 32</source>
        <translation>小写字母、数字、点，3 到 32 个</translation>
    </message>
    <message>
        <source>Roles (a grey one excludes those ticked)</source>
        <translation>岗位（灰色的与已选的不能兼任）</translation>
    </message>
    <message>
        <source>Nobody can sign in as %1 from now on; a session that is open ends at once.</source>
        <translation>%1 从现在起不能登录；正在使用的会话马上结束。</translation>
    </message>
    <message>
        <source>The password and the authenticator of %1 stop working when this is carried out.</source>
        <translation>办理后，%1 原来的口令和动态码都不能再用。</translation>
    </message>
    <message>
        <source>Reason, for the colleague who must agree</source>
        <translation>理由，给需要同意的同事看</translation>
    </message>
    <message>
        <source>Lock it</source>
        <translation>确认锁定</translation>
    </message>
    <message>
        <source>Unlock it</source>
        <translation>确认解锁</translation>
    </message>
    <message>
        <source>Ask for it</source>
        <translation>提出申请</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>End this account…</source>
        <translation>停用账号…</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Name, as colleagues know them</source>
        <translation>姓名，同事称呼的</translation>
    </message>
    <message>
        <source>Ends after how many days? Empty: never; inspectors at most 30</source>
        <translation>几天后失效？不填为长期；检查人员最多 30 天</translation>
    </message>
    <message>
        <source>Ends after how many days? Empty: as it is</source>
        <translation>几天后失效？不填为不变</translation>
    </message>
    <message>
        <source>%1 can never sign in again once this is carried out; the name stays in the ledger.</source>
        <translation>办理后 %1 不能再登录；用户名留在台账里。</translation>
    </message>
    <message>
        <source>New sealed codes…</source>
        <translation>更换紧急码…</translation>
    </message>
    <message>
        <source>New sealed codes</source>
        <translation>更换紧急码</translation>
    </message>
    <message>
        <source>The two codes that are sealed now open nothing once this is carried out; the new ones are shown once, to two holders.</source>
        <translation>办理后，现在密封的两个码就打不开了；新码只显示一次，交给两位保管人。</translation>
    </message>
    <message>
        <source>There is no account yet. Ask for the first one with 'New account'.</source>
        <translation>还没有账号。请用“新建账号”提出申请。</translation>
    </message>
</context>
<context>
    <name>Profile</name>
    <message>
        <source>Deployment profile</source>
        <translation>部署档案</translation>
    </message>
    <message>
        <source>Where this station stands, who answers for it, and on what it rests.</source>
        <translation>本机装在哪里、由谁负责、依据是什么。</translation>
    </message>
    <message>
        <source>Fill it in</source>
        <translation>开始填写</translation>
    </message>
    <message>
        <source>Change it…</source>
        <translation>修改…</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Complete. Visitors can be served.</source>
        <translation>档案完整，可以接待来访者。</translation>
    </message>
    <message>
        <source>The camera stays closed until this is there: %1</source>
        <translation>以下内容补齐前，摄像头不会打开：%1</translation>
    </message>
    <message>
        <source>The proposal was agreed to. It holds as soon as you put it in force.</source>
        <translation>提交的档案已获同意。点“立即生效”后开始执行。</translation>
    </message>
    <message>
        <source>The proposal was refused: %1</source>
        <translation>提交的档案被退回：%1</translation>
    </message>
    <message>
        <source>A proposal waits for the privacy officer, who finds it under Requests.</source>
        <translation>已提交，等个人信息保护负责人在“待办申请”里同意。</translation>
    </message>
    <message>
        <source>Put it in force</source>
        <translation>立即生效</translation>
    </message>
    <message>
        <source>In force</source>
        <translation>现行档案</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>历次版本</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>第 %1 步，共 %2 步</translation>
    </message>
    <message>
        <source>Still missing:</source>
        <translation>还缺：</translation>
    </message>
    <message>
        <source>Still missing on this step:</source>
        <translation>这一步还缺：</translation>
    </message>
    <message>
        <source>Reason, for the colleague who must agree</source>
        <translation>申请理由（给需要同意的同事看）</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Propose it</source>
        <translation>提交</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>StepList</name>
    <message>
        <source>complete</source>
        <translation>已填好</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Editing: %1</source>
        <translation>正在修改：%1</translation>
    </message>
    <message>
        <source>Notices</source>
        <translation>告知书</translation>
    </message>
    <message>
        <source>What people read before they say yes. Each version has its digest; two people publish one.</source>
        <translation>来访者同意之前要看的内容。每一版都有摘要，由两个人发布。</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>告知书</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>In use since</source>
        <translation>起用日期</translation>
    </message>
    <message>
        <source>No notice can be read. Look at the station's health.</source>
        <translation>读不到告知书，请看运行状况。</translation>
    </message>
    <message>
        <source>Digest SM3</source>
        <translation>摘要 SM3</translation>
    </message>
    <message>
        <source>Agreed to. Once published it is shown from %1.</source>
        <translation>已获同意。发布后从 %1 起显示。</translation>
    </message>
    <message>
        <source>The proposal was refused: %1</source>
        <translation>提交的告知书被退回：%1</translation>
    </message>
    <message>
        <source>A new version, for use from %1, waits for the privacy officer.</source>
        <translation>新版（%1 起用）已提交，等个人信息保护负责人同意。</translation>
    </message>
    <message>
        <source>Publish it</source>
        <translation>发布</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>修改…</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>修改</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>预览</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>Reason, for the colleague who must agree</source>
        <translation>申请理由（给需要同意的同事看）</translation>
    </message>
    <message>
        <source>Propose for publication</source>
        <translation>提交发布</translation>
    </message>
    <message>
        <source>Keep the draft</source>
        <translation>保存草稿</translation>
    </message>
</context>
<context>
    <name>ChangeRow</name>
    <message>
        <source>before: %1</source>
        <translation>原来：%1</translation>
    </message>
</context>
<context>
    <name>Rights</name>
    <message>
        <source>Copy for the person…</source>
        <translation>交付副本…</translation>
    </message>
    <message>
        <source>Ask the manager…</source>
        <translation>请管理员同意…</translation>
    </message>
    <message>
        <source>Correct…</source>
        <translation>更正或补充…</translation>
    </message>
    <message>
        <source>Put on hold…</source>
        <translation>暂停使用…</translation>
    </message>
    <message>
        <source>Lift the hold…</source>
        <translation>恢复使用…</translation>
    </message>
    <message>
        <source>Only the face…</source>
        <translation>只删人脸信息…</translation>
    </message>
    <message>
        <source>Erase…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>撤回同意…</translation>
    </message>
    <message>
        <source>Receipt again…</source>
        <translation>补写回执…</translation>
    </message>
    <message>
        <source>Explain…</source>
        <translation>说明…</translation>
    </message>
    <message>
        <source>Put off…</source>
        <translation>延长期限…</translation>
    </message>
    <message>
        <source>Close it…</source>
        <translation>办结…</translation>
    </message>
    <message>
        <source>Refuse…</source>
        <translation>拒绝…</translation>
    </message>
    <message>
        <source>Write the copy</source>
        <translation>写出副本</translation>
    </message>
    <message>
        <source>Ask for it</source>
        <translation>提出申请</translation>
    </message>
    <message>
        <source>Take the field away</source>
        <translation>去掉这一项</translation>
    </message>
    <message>
        <source>Correct it</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Put on hold</source>
        <translation>暂停使用</translation>
    </message>
    <message>
        <source>Lift the hold</source>
        <translation>恢复使用</translation>
    </message>
    <message>
        <source>Yes, erase the face</source>
        <translation>确定，删除人脸信息</translation>
    </message>
    <message>
        <source>Yes, erase for good</source>
        <translation>确定，永久删除</translation>
    </message>
    <message>
        <source>Yes, withdraw and erase</source>
        <translation>确定，撤回并删除</translation>
    </message>
    <message>
        <source>Write the receipt</source>
        <translation>写出回执</translation>
    </message>
    <message>
        <source>Show the explanation</source>
        <translation>显示说明</translation>
    </message>
    <message>
        <source>Put the deadline off</source>
        <translation>延长期限</translation>
    </message>
    <message>
        <source>Close the ticket</source>
        <translation>办结</translation>
    </message>
    <message>
        <source>Refuse it</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Rights desk</source>
        <translation>权利请求</translation>
    </message>
    <message>
        <source>What people ask about their own data. Answer within the deadline; refuse only with a reason in writing.</source>
        <translation>个人对自己信息提出的请求。在期限内答复；拒绝须书面说明理由。</translation>
    </message>
    <message>
        <source>New request…</source>
        <translation>受理新请求…</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Asked for</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>证件号码</translation>
    </message>
    <message>
        <source>Answer by</source>
        <translation>答复期限</translation>
    </message>
    <message>
        <source>Nobody has asked for anything. When somebody does, choose “New request” and look at their document.</source>
        <translation>还没有人提出请求。有人来时，请点“受理新请求”，并看对方的证件。</translation>
    </message>
    <message>
        <source>Take requests in here, with the person's document in front of you. The privacy officer answers them.</source>
        <translation>请当面看证件受理请求，由个人信息保护负责人答复。</translation>
    </message>
    <message>
        <source>New request</source>
        <translation>受理新请求</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写出：%1</translation>
    </message>
    <message>
        <source>Take it in</source>
        <translation>受理</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>NoticePreview</name>
    <message>
        <source>As people will read it</source>
        <translation>来访者看到的样子</translation>
    </message>
    <message>
        <source>Go to the first one</source>
        <translation>去填第一项</translation>
    </message>
    <message>
        <source>Nothing is missing. Digest SM3 %1</source>
        <translation>没有缺项。摘要 SM3 %1</translation>
    </message>
    <message>
        <source>Missing: %1</source>
        <translation>还缺：%1</translation>
    </message>
</context>
<context>
    <name>NewRequest</name>
    <message>
        <source>Number of the document in front of you (hidden while you type)</source>
        <translation>证件号码（看着证件输入，屏幕不显示）</translation>
    </message>
    <message>
        <source>Look up</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>Nothing is kept of this person. That can be the answer: take the request in and close it with it.</source>
        <translation>本机没有保存此人的信息。这也可以是答复：先受理，再以此办结。</translation>
    </message>
    <message>
        <source>What do they ask for?</source>
        <translation>请求什么？</translation>
    </message>
    <message>
        <source>In their own words (may stay empty; no full numbers)</source>
        <translation>本人原话（可不填；不要写完整号码）</translation>
    </message>
</context>
<context>
    <name>PersonFacts</name>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>证件号码</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>保存内容</translation>
    </message>
    <message>
        <source>Kept until</source>
        <translation>保存到</translation>
    </message>
    <message>
        <source>Minor</source>
        <translation>未成年</translation>
    </message>
    <message>
        <source>On hold</source>
        <translation>暂停使用</translation>
    </message>
</context>
<context>
    <name>Child</name>
    <message>
        <source>Now we ask you</source>
        <translation>现在问问你</translation>
    </message>
    <message>
        <source>Stop reading aloud</source>
        <translation>停止朗读</translation>
    </message>
    <message>
        <source>Read it to me</source>
        <translation>读给我听</translation>
    </message>
    <message>
        <source>Yes, all right</source>
        <translation>好，可以</translation>
    </message>
    <message>
        <source>No, thank you</source>
        <translation>不要</translation>
    </message>
    <message>
        <source>Not today</source>
        <translation>今天不要</translation>
    </message>
</context>
<context>
    <name>Minors</name>
    <message>
        <source>No child is registered by face here: the deployment profile says that children use another way.</source>
        <translation>这里不登记孩子的人脸：部署档案里选的是“用其他方式”。</translation>
    </message>
    <message>
        <source>Nobody is registered by face here, and so no child is.</source>
        <translation>这里不登记任何人的人脸，孩子也一样。</translation>
    </message>
    <message>
        <source>Not yet possible here. Until this is there, no child is asked: %1</source>
        <translation>现在还不能办。补全以前，不会询问任何孩子：%1</translation>
    </message>
    <message>
        <source>Not possible at the moment. %1</source>
        <translation>现在暂时不能办。%1</translation>
    </message>
    <message>
        <source>Should this change, a manager says so under Profile, in the step about children; the impact assessment has to look at children first, and the privacy officer has to agree.</source>
        <translation>如需开放：影响评估先要包含儿童，再由物业管理员在“部署档案”里改“儿童”一项，并由个人信息保护负责人同意。</translation>
    </message>
    <message>
        <source>Please tell the manager: it is mended under Profile or Notices.</source>
        <translation>请告诉物业管理员：在“部署档案”或“告知书”里补全。</translation>
    </message>
    <message>
        <source>Please look at Health, or tell the manager; then come back here.</source>
        <translation>请看“运行状况”，或告诉物业管理员；处理好以后再到这里来。</translation>
    </message>
    <message>
        <source>Register a child</source>
        <translation>儿童登记</translation>
    </message>
    <message>
        <source>Children usually get a card instead. Go on only with the guardian here, and after you have seen their document and a proof of guardianship.</source>
        <translation>孩子一般不登记人脸，办一张卡就好。只有监护人在场、看过证件和监护关系证明，才往下办。</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>For the child in front of you: make a card, as for anybody who would rather not use their face. It opens the same doors.</source>
        <translation>面前的这个孩子：办一张卡就好，和不想用人脸的人一样，进出同样的门。</translation>
    </message>
    <message>
        <source>The child and the guardian</source>
        <translation>孩子和监护人</translation>
    </message>
    <message>
        <source>Number of the child's document</source>
        <translation>孩子的证件号码</translation>
    </message>
    <message>
        <source>compared with the document that is read; not kept</source>
        <translation>只用来核对读到的证件，不保存</translation>
    </message>
    <message>
        <source>Name of the guardian</source>
        <translation>监护人姓名</translation>
    </message>
    <message>
        <source>Contact of the guardian</source>
        <translation>监护人联系方式</translation>
    </message>
    <message>
        <source>a telephone number is enough; no document number</source>
        <translation>电话号码即可，不要填证件号码</translation>
    </message>
    <message>
        <source>Which document of the guardian you have seen</source>
        <translation>看过监护人的哪种证件</translation>
    </message>
    <message>
        <source>What they are to the child</source>
        <translation>和孩子的关系</translation>
    </message>
    <message>
        <source>Which proof of guardianship you have seen</source>
        <translation>看过哪种监护关系证明</translation>
    </message>
    <message>
        <source>The guardian is here, and I have seen both papers.</source>
        <translation>监护人就在这里，证件和证明我都看过了。</translation>
    </message>
    <message>
        <source>Go on with the guardian</source>
        <translation>请监护人接着办</translation>
    </message>
</context>
<context>
    <name>MinorSteps</name>
    <message>
        <source>How it goes</source>
        <translation>怎么办</translation>
    </message>
    <message>
        <source>You see the papers and fill this in. No number of the guardian's document is kept.</source>
        <translation>您看证件和证明，填好这一页。监护人的证件号码不保存。</translation>
    </message>
    <message>
        <source>The screen goes to the guardian, who reads the notice and ticks both purposes.</source>
        <translation>屏幕交给监护人：看告知书，两项分别打勾。</translation>
    </message>
    <message>
        <source>The child is asked in its own words. A no ends it calmly, and counts for 48 hours.</source>
        <translation>再用孩子听得懂的话问孩子。说“不要”就到此为止，48小时内不再问。</translation>
    </message>
    <message>
        <source>The child's document is read, then its face is checked. No picture is kept.</source>
        <translation>读孩子的证件，再核对人脸。不留照片。</translation>
    </message>
    <message>
        <source>The screen is the visitors' again. You stay on duty.</source>
        <translation>办完后屏幕回到来访者首页，您仍在岗。</translation>
    </message>
</context>
<context>
    <name>RightsTicket</name>
    <message>
        <source>Ticket</source>
        <translation>工单号</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Answer by</source>
        <translation>答复期限</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>证件号码</translation>
    </message>
    <message>
        <source>In their words</source>
        <translation>本人原话</translation>
    </message>
    <message>
        <source>Why it was put off</source>
        <translation>延长的理由</translation>
    </message>
    <message>
        <source>Done so far</source>
        <translation>办理经过</translation>
    </message>
    <message>
        <source>The person</source>
        <translation>本人</translation>
    </message>
    <message>
        <source>Nothing is kept of this person.</source>
        <translation>本机没有保存此人的信息。</translation>
    </message>
</context>
<context>
    <name>RightsForm</name>
    <message>
        <source>Erased at once, and nothing brings it back: %1. A signed receipt is written.</source>
        <translation>立即删除，不能恢复：%1。同时写出签名的删除回执。</translation>
    </message>
    <message>
        <source>The consent ends now. Erased at once, and nothing brings it back: %1. A signed receipt is written.</source>
        <translation>同意到此为止。立即删除，不能恢复：%1。同时写出签名的删除回执。</translation>
    </message>
    <message>
        <source>Erased at once, and nothing brings it back: %1. The other fields stay; the face is compared no more until they register anew. A signed receipt is written.</source>
        <translation>立即删除，不能恢复：%1。证件文字保留；重新登记以前不再比对人脸。同时写出签名的删除回执。</translation>
    </message>
    <message>
        <source>For a receipt that was lost, or that a power cut kept from being written: made again from the ledger, and signed.</source>
        <translation>回执丢失，或者断电没有写成时，从台账重新写出并签名。</translation>
    </message>
    <message>
        <source>Everything stays (%1) and is compared with nobody until the hold is lifted.</source>
        <translation>记录保留（%1），恢复前不再比对。</translation>
    </message>
    <message>
        <source>This is a minor's record: the manager must agree before it is opened.</source>
        <translation>这是未成年人的记录，须管理员事先同意才能打开。</translation>
    </message>
    <message>
        <source>The record is opened for this copy and your reason goes into the ledger. No template, portrait or score is in it.</source>
        <translation>为写副本会打开记录，理由记入台账。副本不含特征、人脸图像和分数。</translation>
    </message>
    <message>
        <source>Look at the proof first. From now on the field is marked as typed by staff: the document's chip no longer vouches for it.</source>
        <translation>请先看证明材料。这一项以后注明由工作人员填写，不再由证件芯片证明。</translation>
    </message>
    <message>
        <source>Thirty days from the day it came in at most. The person is told the reason.</source>
        <translation>最迟到受理之日起第三十天，并把理由告诉本人。</translation>
    </message>
    <message>
        <source>Reason, for the ledger</source>
        <translation>理由（记入台账）</translation>
    </message>
    <message>
        <source>New content</source>
        <translation>新的内容</translation>
    </message>
    <message>
        <source>The reason the person gets in writing</source>
        <translation>书面答复本人的理由</translation>
    </message>
    <message>
        <source>How it ended</source>
        <translation>办理结果</translation>
    </message>
    <message>
        <source>Which field</source>
        <translation>哪一项</translation>
    </message>
    <message>
        <source>Answer by</source>
        <translation>答复期限</translation>
    </message>
    <message>
        <source>dates like 2030-01-31</source>
        <translation>日期写作 2030-01-31</translation>
    </message>
    <message>
        <source>Take the field away, with nothing in its place</source>
        <translation>去掉这一项，不留内容</translation>
    </message>
    <message>
        <source>Folder for the copy (JSON and PDF)</source>
        <translation>副本存放的文件夹（JSON 和 PDF）</translation>
    </message>
    <message>
        <source>Folder for the signed receipt</source>
        <translation>删除回执存放的文件夹</translation>
    </message>
    <message>
        <source>%1 of %2 files (%3 %)</source>
        <translation>%1 / %2 个文件（%3 %）</translation>
    </message>
    <message>
        <source>Being erased from every store. Please wait; do not switch the machine off.</source>
        <translation>正在从各处删除，请稍候，不要关机。</translation>
    </message>
</context>
<context>
    <name>Retention</name>
    <message>
        <source>Terms and thresholds</source>
        <translation>期限与阈值</translation>
    </message>
    <message>
        <source>How long records are kept and why, what ends when, and how strict the checks are.</source>
        <translation>各类记录存多久、依据什么，什么时候到期，核验有多严。</translation>
    </message>
    <message>
        <source>Change the terms…</source>
        <translation>更改期限…</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Terms in force</source>
        <translation>现行期限</translation>
    </message>
    <message>
        <source>What ends when</source>
        <translation>何时到期</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Kept for</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Because of</source>
        <translation>取决于</translation>
    </message>
    <message>
        <source>All that bounds it; the shortest holds</source>
        <translation>各项上限，取最短的一项</translation>
    </message>
    <message>
        <source>The terms could not be read. Please refresh.</source>
        <translation>没有读到期限，请刷新。</translation>
    </message>
    <message>
        <source>Records that are there keep the end their person was told; a change holds for new ones, and never above the notice.</source>
        <translation>已存的记录仍按当时告知本人的时间到期；改动只对新记录有效，而且不会超过告知书写明的时间。</translation>
    </message>
</context>
<context>
    <name>RetentionPending</name>
    <message>
        <source>You asked for: %1. A security administrator finds it under Requests.</source>
        <translation>您申请改为：%1。安全管理员可在“待办申请”中处理。</translation>
    </message>
    <message>
        <source>%2 asks for: %1. You find it under Requests.</source>
        <translation>%2 申请改为：%1。请到“待办申请”处理。</translation>
    </message>
    <message>
        <source>Agreed to: %1. It holds as soon as you put it in force.</source>
        <translation>已同意：%1。由您启用后生效。</translation>
    </message>
    <message>
        <source>Your request (%1) was refused: %3</source>
        <translation>您的申请（%1）被拒绝：%3</translation>
    </message>
    <message>
        <source>Your request (%1) is void: the terms were changed meanwhile. Please look at them and ask again.</source>
        <translation>您的申请（%1）已作废：期限在这期间改过了。请看一看现在的期限，再重新申请。</translation>
    </message>
    <message>
        <source>Put it in force</source>
        <translation>启用</translation>
    </message>
</context>
<context>
    <name>RetentionForm</name>
    <message>
        <source>Other terms</source>
        <translation>更改期限</translation>
    </message>
    <message>
        <source>Visitors: hours after the visit, 0 to %1</source>
        <translation>访客：离开后保存几小时，0 到 %1</translation>
    </message>
    <message>
        <source>Residents: at most how many days, 1 to %1</source>
        <translation>住户：最长保存几天，1 到 %1</translation>
    </message>
    <message>
        <source>A longer term needs the profile and the notice first. Nothing that is kept now gets another end: neither longer nor shorter.</source>
        <translation>想超过这里的上限，要先改部署档案和告知书。已存的记录不受影响：不会延长，也不会缩短。</translation>
    </message>
    <message>
        <source>Reason, for the colleague who must agree</source>
        <translation>理由，给需要同意的同事看</translation>
    </message>
    <message>
        <source>Ask for it</source>
        <translation>提出申请</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>RetentionDue</name>
    <message>
        <source>Records that should be gone: %1. The next look erases them, at most 20 seconds from now. If this stays, look at the station&apos;s health.</source>
        <translation>有 %1 条记录已经到期、还没有删除。下一次检查（最多 20 秒后）会删除；如果一直这样，请看运行状况。</translation>
    </message>
</context>
<context>
    <name>RetentionPolicy</name>
    <message>
        <source>Thresholds of attack detection</source>
        <translation>活体检测阈值</translation>
    </message>
    <message>
        <source>Threshold of attack detection</source>
        <translation>活体检测阈值</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>The thresholds could not be read. Please refresh.</source>
        <translation>没有读到阈值，请刷新。</translation>
    </message>
    <message>
        <source>Where they come from</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Changed with the kiosk closed, by two people: the manager proposes a file and says why, a security administrator agrees (there, or here under Requests), the manager puts it in force; it holds from the next start.</source>
        <translation>更改要先关闭本机，由两个人办理：物业管理员提交文件并写明理由，安全管理员同意（在那里，或在这里的“待办申请”），再由物业管理员启用，下次启动生效。</translation>
    </message>
</context>
<context>
    <name>Incidents</name>
    <message>
        <source>New incident</source>
        <translation>登记事件</translation>
    </message>
    <message>
        <source>Write the notices…</source>
        <translation>写告知书…</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更改…</translation>
    </message>
    <message>
        <source>Add a note…</source>
        <translation>记录进展…</translation>
    </message>
    <message>
        <source>Contained…</source>
        <translation>已控制…</translation>
    </message>
    <message>
        <source>Told…</source>
        <translation>已通知…</translation>
    </message>
    <message>
        <source>Close it…</source>
        <translation>结束…</translation>
    </message>
    <message>
        <source>Record it</source>
        <translation>登记</translation>
    </message>
    <message>
        <source>Write the notices</source>
        <translation>写出告知书</translation>
    </message>
    <message>
        <source>Save the changes</source>
        <translation>保存更改</translation>
    </message>
    <message>
        <source>Add the note</source>
        <translation>记下</translation>
    </message>
    <message>
        <source>Yes, it is contained</source>
        <translation>确定，已控制</translation>
    </message>
    <message>
        <source>Yes, they were told</source>
        <translation>确定，已通知</translation>
    </message>
    <message>
        <source>Yes, close it for good</source>
        <translation>确定，结束不再改</translation>
    </message>
    <message>
        <source>Incidents</source>
        <translation>泄露和事件</translation>
    </message>
    <message>
        <source>When data may have got out, been lost or changed: record it at once, contain it, tell the authority and the people.</source>
        <translation>信息可能泄露、丢失或被改动时：立即登记，控制住，报告主管部门，通知受影响的人。</translation>
    </message>
    <message>
        <source>New incident…</source>
        <translation>登记新事件…</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>What it is about</source>
        <translation>涉及的信息</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>发现时间</translation>
    </message>
    <message>
        <source>Next, and by when</source>
        <translation>下一步和期限</translation>
    </message>
    <message>
        <source>Nothing has happened. If data may have got out, choose “New incident”; blanks can be filled in later.</source>
        <translation>没有事件。信息可能泄露时，请点“登记新事件”，空白可以以后再填。</translation>
    </message>
    <message>
        <source>Nothing has happened.</source>
        <translation>没有事件。</translation>
    </message>
    <message>
        <source>Incident</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Written: %1. This machine sends nothing: send or hand them out yourselves, then note who was told.</source>
        <translation>已写出：%1。本机不会发送，请自行送达，再记下已通知谁。</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>IncidentForm</name>
    <message>
        <source>Not written yet: %1. Fill it in under “Change”, part “Told in Chinese”.</source>
        <translation>还没有写：%1。请在“更改”的“中文告知内容”里填好。</translation>
    </message>
    <message>
        <source>One paper for the authority, one for the people, one for guardians where minors are among them; in English too, where that is filled in.</source>
        <translation>一份报告主管部门，一份给受影响的人；有未成年人时另有一份给监护人。英文内容填好时，也写英文。</translation>
    </message>
    <message>
        <source>It cannot spread any more. The other clocks go on.</source>
        <translation>事件不会再扩大。其他期限继续计时。</translation>
    </message>
    <message>
        <source>Only after the notice really went out. The ledger keeps that you said so.</source>
        <translation>告知书确实送出以后才点。台账会记下是您确认的。</translation>
    </message>
    <message>
        <source>A closed sheet cannot be changed any more. The authority must have been told; the people too, or the reason why no harm can come to them.</source>
        <translation>结束后不能再改。须已报告主管部门，也已通知受影响的人，或写明为什么不会有危害。</translation>
    </message>
    <message>
        <source>Nothing takes a note away again. No names and no full numbers.</source>
        <translation>记下后不能删改。不要写姓名和完整号码。</translation>
    </message>
    <message>
        <source>What was found out or done</source>
        <translation>查明了什么、做了什么</translation>
    </message>
    <message>
        <source>If people were not told: why no harm can come to them</source>
        <translation>没有通知个人时：为什么不会有危害</translation>
    </message>
    <message>
        <source>Folder for the notices (PDF)</source>
        <translation>告知书存放的文件夹（PDF）</translation>
    </message>
    <message>
        <source>%1 of %2 notices (%3 %)</source>
        <translation>%1 / %2 份告知书（%3 %）</translation>
    </message>
</context>
<context>
    <name>IncidentClocks</name>
</context>
<context>
    <name>IncidentField</name>
</context>
<context>
    <name>Filing</name>
    <message>
        <source>Filing and signs</source>
        <translation>备案和标识</translation>
    </message>
    <message>
        <source>From 100 000 people on, face recognition is filed with the provincial cyberspace authority within 30 working days.</source>
        <translation>存储人脸信息达到十万人，须在三十个工作日内向省级网信部门备案。</translation>
    </message>
    <message>
        <source>Wherever faces are recognised, a sign says who does it, what for, and what to do instead.</source>
        <translation>使用人脸识别的地方，都要有标识：谁在用、做什么用、不想用怎么办。</translation>
    </message>
    <message>
        <source>What is done with people's data, how long and for whom. Kept for three years at least; nothing takes a version away.</source>
        <translation>个人信息怎样处理、存多久、给谁。至少保存三年，任何版本都不会删去。</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Record of processing</source>
        <translation>处理情况记录</translation>
    </message>
    <message>
        <source>Version, since</source>
        <translation>版本和起用日</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>Term</source>
        <translation>期限</translation>
    </message>
    <message>
        <source>Recipients</source>
        <translation>提供给谁</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>影响评估</translation>
    </message>
    <message>
        <source>No version has been written yet. The first is written within a minute of the start, once the notice is published.</source>
        <translation>还没有任何版本。告知书发布后，开机一分钟内自动写下第一版。</translation>
    </message>
</context>
<context>
    <name>FilingBar</name>
</context>
<context>
    <name>FilingCount</name>
    <message>
        <source>People whose face information is stored</source>
        <translation>存储人脸信息的人数</translation>
    </message>
    <message>
        <source>Being counted…</source>
        <translation>正在清点…</translation>
    </message>
    <message>
        <source>100 000 first seen</source>
        <translation>首次达到十万人</translation>
    </message>
    <message>
        <source>Visitors are not counted: their faces end with the visit. Who has several stations adds the numbers up.</source>
        <translation>访客不计入：他们的人脸随核验结束。有几台机器的单位，请把人数加起来。</translation>
    </message>
</context>
<context>
    <name>FilingPlace</name>
    <message>
        <source>Where will this sign be put?</source>
        <translation>这块标识放在哪里？</translation>
    </message>
    <message>
        <source>This public place needs it for public security</source>
        <translation>在这个公共场所，这是维护公共安全所必需的</translation>
    </message>
    <message>
        <source>Open to anybody: the law allows the machine here only where public security needs it. If it does not, choose another place.</source>
        <translation>这里是公共场所：只有维护公共安全所必需时，法律才允许。如果不是，请换一个地方。</translation>
    </message>
</context>
<context>
    <name>FilingSheet</name>
    <message>
        <source>The sign as it will be printed, A4</source>
        <translation>印出来的标识（A4）</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>请稍候…</translation>
    </message>
    <message>
        <source>Choose a place: the sign is shown here before it is printed.</source>
        <translation>先选地方，标识会先显示在这里，再打印。</translation>
    </message>
</context>
<context>
    <name>FilingOut</name>
    <message>
        <source>Write the filing pack</source>
        <translation>写出备案材料</translation>
    </message>
    <message>
        <source>Write A4 and A3</source>
        <translation>写出 A4 和 A3</translation>
    </message>
    <message>
        <source>Write the record</source>
        <translation>写出记录</translation>
    </message>
    <message>
        <source>Folder for the filing pack (JSON and PDF)</source>
        <translation>备案材料存放的文件夹（JSON 和 PDF）</translation>
    </message>
    <message>
        <source>Folder for the sign (PDF)</source>
        <translation>标识存放的文件夹（PDF）</translation>
    </message>
    <message>
        <source>Folder for the record (JSON and PDF)</source>
        <translation>记录存放的文件夹（JSON 和 PDF）</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写出：%1</translation>
    </message>
    <message>
        <source>%1 of %2 files (%3 %)</source>
        <translation>%1 / %2 个文件（%3 %）</translation>
    </message>
</context>
<context>
    <name>DevicesPane</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Maker, model, serial number</source>
        <translation>厂商、型号、序列号</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>接口</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>A program plays this device. It is never opened and cannot be registered. Take it off the machine.</source>
        <translation>这是程序冒充的设备，不会被打开，也不能登记。请把它从本机移除。</translation>
    </message>
    <message>
        <source>Its answer to exposure was not measured: one check against foreign pictures is left out. Close the kiosk and run ./station.sh devices camera --pin.</source>
        <translation>没有量过它对曝光的反应，少了一项防冒充画面的检查。请关闭本机后运行 ./station.sh devices camera --pin。</translation>
    </message>
    <message>
        <source>No camera is opened any more, and nobody can be checked here, until one is allowed again.</source>
        <translation>在重新登记之前，不再打开任何摄像头，这里不能为任何人核验。</translation>
    </message>
    <message>
        <source>No reader is opened any more, and no document can be read here, until one is allowed again.</source>
        <translation>在重新登记之前，不再打开任何读卡器，这里读不了证件。</translation>
    </message>
    <message>
        <source>This camera alone is opened from the next visit on, at this port; the one before is not. Look that it is the one on the desk: serial number and port. It is opened only in a visit, so its answer to exposure is not measured here.</source>
        <translation>从下一次办理起，只打开接在这个接口上的这个摄像头，原来的不再打开。请核对序列号和接口，确认就是台面上的这一个。摄像头只在办理时打开，所以这里不量它对曝光的反应。</translation>
    </message>
    <message>
        <source>This reader alone is opened from the next visit on; the one before is not. Look that it is the one on the desk: serial number and port.</source>
        <translation>从下一次办理起，只打开这个读卡器，原来的不再打开。请核对序列号和接口，确认就是台面上的这一个。</translation>
    </message>
    <message>
        <source>Your name and the device go into the ledger.</source>
        <translation>您的账号和这个设备会记入台账。</translation>
    </message>
    <message>
        <source>Allow…</source>
        <translation>登记…</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>撤销登记…</translation>
    </message>
    <message>
        <source>Yes, withdraw it</source>
        <translation>是，撤销</translation>
    </message>
    <message>
        <source>Yes, allow it</source>
        <translation>是，登记</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>Residents</name>
    <message>
        <source>What did you come for?</source>
        <translation>您来办什么？</translation>
    </message>
    <message>
        <source>Check me in</source>
        <translation>核验进入</translation>
    </message>
    <message>
        <source>You are registered: say your number or show your document, then look at the camera.</source>
        <translation>已经登记过：输入住户号或出示证件，再看一下镜头。</translation>
    </message>
    <message>
        <source>Register</source>
        <translation>登记</translation>
    </message>
    <message>
        <source>Once, with your document. You choose what is kept, one thing at a time.</source>
        <translation>带证件登记一次。保存什么，由您逐项选择。</translation>
    </message>
    <message>
        <source>Delete my registration</source>
        <translation>删除我的登记</translation>
    </message>
    <message>
        <source>Everything kept of you is erased at once. You need give no reason.</source>
        <translation>为您保存的全部当场删除，不用说理由。</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Residents</source>
        <translation>居民</translation>
    </message>
    <message>
        <source>Choose everybody who moves out; choose them again to take the tick away.</source>
        <translation>请逐个点选要搬离的居民；再点一次取消。</translation>
    </message>
    <message>
        <source>Who is registered, masked. Whose term ends next comes first.</source>
        <translation>已登记的居民，内容已遮盖；最快到期的排在前面。</translation>
    </message>
    <message>
        <source>Register…</source>
        <translation>登记…</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>撤回…</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>This station registers nobody: its site file gives residents no term. If it is to register them, put the term (resident_retention_days) into the site file, start the station again, and have the residents' notice published under Notices.</source>
        <translation>本机不登记居民：场所文件 site.toml 没有给住户登记写明保存天数。如要登记，请在场所文件里填写天数（resident_retention_days），重新启动本机，再到“告知书”发布住户登记的告知书。</translation>
    </message>
    <message>
        <source>Ticked</source>
        <translation>已选</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Resident number</source>
        <translation>住户号</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>保存内容</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>保存到</translation>
    </message>
    <message>
        <source>Show those who end later</source>
        <translation>显示后到期的</translation>
    </message>
    <message>
        <source>Nobody is registered yet. An operator chooses “Register” with the person at the desk.</source>
        <translation>还没有登记居民。请操作员在本人到场时点“登记”。</translation>
    </message>
    <message>
        <source>Nobody is in this state. Choose “All” for everybody.</source>
        <translation>没有处于这个状态的居民。点“全部”可看所有人。</translation>
    </message>
</context>
<context>
    <name>ResidentsFilters</name>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Resident or document number, then Enter</source>
        <translation>住户号或证件号，按回车查找</translation>
    </message>
    <message>
        <source>Erase several…</source>
        <translation>批量删除…</translation>
    </message>
    <message>
        <source>Erase the %1 ticked…</source>
        <translation>删除已选的 %1 人…</translation>
    </message>
    <message>
        <source>Tick nobody</source>
        <translation>不选了</translation>
    </message>
    <message>
        <source>Looked through %1 of %2</source>
        <translation>已查看 %1 / %2</translation>
    </message>
    <message>
        <source>Found by the number</source>
        <translation>按号码找到</translation>
    </message>
    <message>
        <source>%1 shown of %2 residents</source>
        <translation>共 %2 位，显示 %1 位</translation>
    </message>
</context>
<context>
    <name>ResidentsPane</name>
    <message>
        <source>Show in clear…</source>
        <translation>查看完整内容…</translation>
    </message>
    <message>
        <source>Put on hold…</source>
        <translation>暂停使用…</translation>
    </message>
    <message>
        <source>Lift the hold…</source>
        <translation>恢复使用…</translation>
    </message>
    <message>
        <source>Renew the template…</source>
        <translation>更新人脸特征…</translation>
    </message>
    <message>
        <source>Moves out: erase…</source>
        <translation>搬离：删除…</translation>
    </message>
    <message>
        <source>Ask for erasure…</source>
        <translation>申请删除…</translation>
    </message>
    <message>
        <source>Erase several…</source>
        <translation>批量删除…</translation>
    </message>
    <message>
        <source>Register…</source>
        <translation>登记…</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>撤回…</translation>
    </message>
    <message>
        <source>Erased</source>
        <translation>已删除</translation>
    </message>
    <message>
        <source>Show it</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Put on hold</source>
        <translation>暂停使用</translation>
    </message>
    <message>
        <source>Lift the hold</source>
        <translation>恢复使用</translation>
    </message>
    <message>
        <source>Renew it now</source>
        <translation>现在更新</translation>
    </message>
    <message>
        <source>Yes, erase for good</source>
        <translation>确定，彻底删除</translation>
    </message>
    <message>
        <source>Yes, erase them all</source>
        <translation>确定，全部删除</translation>
    </message>
    <message>
        <source>Ask for it</source>
        <translation>提出申请</translation>
    </message>
    <message>
        <source>Hand the screen over</source>
        <translation>把屏幕交给本人</translation>
    </message>
    <message>
        <source>This record is damaged and cannot be read. Restore it from a backup; or close the station and erase it by the person's document: ./station.sh person leave --document</source>
        <translation>这份记录已损坏，读不出来。请从备份恢复；或先关闭本机，再按本人证件删除：./station.sh person leave --document</translation>
    </message>
    <message>
        <source>On hold, as was asked for: kept, and compared with nobody until it is lifted.</source>
        <translation>已按本人要求暂停使用：记录保留，恢复之前不再比对。</translation>
    </message>
    <message>
        <source>There is no template any more, so nobody is compared. Ask the person to come to the kiosk with their document: first “Withdraw”, then “Register” anew.</source>
        <translation>已没有人脸特征，不能比对。请本人带证件到本机：先“撤回”，再重新“登记”。</translation>
    </message>
    <message>
        <source>Too many checks did not match: paused for some minutes. Putting it on hold and lifting that ends the pause at once.</source>
        <translation>多次核验没有对上，暂停几分钟。如要马上恢复：先“暂停使用”，再“恢复使用”。</translation>
    </message>
    <message>
        <source>A minor, or of unknown age: the record is opened at the rights desk alone, once the manager agreed.</source>
        <translation>未成年人，或年龄不明：完整内容只能经物业管理员同意后，在“权利请求”里打开。</translation>
    </message>
    <message>
        <source>The record is shown on this screen, and your reason goes into the ledger. No template, portrait or score is in it.</source>
        <translation>完整内容会显示在屏幕上，您写的理由记入台账。其中没有人脸特征、图像和分数。</translation>
    </message>
    <message>
        <source>Everything stays (%1) and is compared with nobody until the hold is lifted.</source>
        <translation>记录全部保留（%1），恢复之前不再比对。</translation>
    </message>
    <message>
        <source>From now on the person can be checked here again.</source>
        <translation>从现在起，本人又可以在本机核验。</translation>
    </message>
    <message>
        <source>A new template takes the place of the old one, which is void from then on. The person need not come. It takes some seconds.</source>
        <translation>换成新的人脸特征，旧的从此作废。本人不用到场，需要几秒钟。</translation>
    </message>
    <message>
        <source>Erased at once, and nothing brings it back: %1. A signed receipt is written.</source>
        <translation>立即删除，不能恢复：%1。删除后写出有签名的回执。</translation>
    </message>
    <message>
        <source>Erased one after another, and nothing brings them back: %1. Signed receipts are written into one file.</source>
        <translation>逐个删除，不能恢复：%1。有签名的回执写在一个文件里。</translation>
    </message>
    <message>
        <source>A request goes to the rights desk. A manager or the privacy officer erases there; the person need not come again.</source>
        <translation>申请会送到“权利请求”，由物业管理员或个人信息保护负责人在那里删除，本人不用再来。</translation>
    </message>
    <message>
        <source>The person reads the notice and consents on this screen, with their document. You stay on duty; coming back takes a sign-in. Somebody under the age limit: choose “Child with guardian” instead.</source>
        <translation>请本人带证件，在这块屏幕上阅读告知书并表示同意。您仍在岗；再进来要重新登录。不满年龄的儿童，请改用“儿童登记”。</translation>
    </message>
    <message>
        <source>The person shows who they are and confirms; everything kept of them is then erased. You stay on duty; coming back takes a sign-in.</source>
        <translation>请本人出示身份并确认，随后删除保存的全部内容。您仍在岗；再进来要重新登录。</translation>
    </message>
    <message>
        <source>Resident</source>
        <translation>居民</translation>
    </message>
    <message>
        <source>Resident number</source>
        <translation>住户号</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Document</source>
        <translation>证件</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>保存内容</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>保存到</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Consents</source>
        <translation>同意的事项</translation>
    </message>
    <message>
        <source>In clear, until you leave this person</source>
        <translation>完整内容（离开此人即隐去）</translation>
    </message>
    <message>
        <source>Why, for those who erase</source>
        <translation>理由，给办理删除的同事看</translation>
    </message>
    <message>
        <source>Reason, for the ledger</source>
        <translation>理由，记入台账</translation>
    </message>
    <message>
        <source>Folder for the signed receipt</source>
        <translation>有签名的回执存到哪个文件夹</translation>
    </message>
    <message>
        <source>%1 of %2 people (%3 %)</source>
        <translation>%1 / %2 人（%3 %）</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
    <message>
        <source>Ticket %1 at the rights desk.</source>
        <translation>“权利请求”工单号 %1。</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>KeyTouch</name>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>Touch your key now</source>
        <translation>请触碰安全钥匙</translation>
    </message>
    <message>
        <source>Plug in your security key or lay it on the reader</source>
        <translation>请插入安全钥匙，或放在读卡区</translation>
    </message>
    <message>
        <source>Where it blinks. On a reader, leave it lying.</source>
        <translation>碰一下闪灯的地方；放在读卡区的，先不要拿开。</translation>
    </message>
    <message>
        <source>%1 s left</source>
        <translation>还剩 %1 秒</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>MyKey</name>
    <message>
        <source>My security key</source>
        <translation>我的安全钥匙</translation>
    </message>
    <message>
        <source>The second half of your sign-in, beside your password.</source>
        <translation>登录时，除了口令之外的第二因素。</translation>
    </message>
    <message>
        <source>Second factor now</source>
        <translation>现在的第二因素</translation>
    </message>
    <message>
        <source>security key</source>
        <translation>安全钥匙</translation>
    </message>
    <message>
        <source>one-time codes</source>
        <translation>动态码</translation>
    </message>
    <message>
        <source>A FIDO2 key on USB, or a FIDO2 card on the reader, without a PIN of its own. It is touched twice: to register it, and to show that it works. What you used before then opens nothing any more. If you lose the key, a system administrator asks for a new password and codes for you.</source>
        <translation>可以用 USB 接口的 FIDO2 钥匙，或放在读卡区的 FIDO2 卡，钥匙本身不要设 PIN。需要触碰两次：一次登记，一次核对。登记后，原来的第二因素随即作废。钥匙丢失时，请系统管理员申请重发口令和动态码。</translation>
    </message>
    <message>
        <source>Your password, once more</source>
        <translation>请再输入一次口令</translation>
    </message>
    <message>
        <source>Register another key in its place</source>
        <translation>换成另一把钥匙</translation>
    </message>
    <message>
        <source>Register a key in place of codes</source>
        <translation>用钥匙代替动态码</translation>
    </message>
</context>
</TS>
